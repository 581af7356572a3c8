// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// Σ p of a row as RowTerms hold it. Throws Error(InvalidArgument) where it passes int32.
std::int32_t sumOfRow(std::int64_t sum, std::size_t row);

} // namespace quantoscope
