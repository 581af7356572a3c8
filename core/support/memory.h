// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace quantoscope {

/// Bytes that the system can still give without swapping; nothing where it does not say.
std::optional<std::uint64_t> availableMemory();

/// Most bytes that this process has held in memory so far; nothing where the system does not say.
std::optional<std::uint64_t> peakMemory();

} // namespace quantoscope
