// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace quantoscope::ggml {

enum class LegacyFormat { Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 };

/// Encodes whole blocks of 32, with all lanes of the processor. `plain` encodes a block: it gets those whose scales would
/// be subnormal or infinite.
void encodeLegacy(LegacyFormat format, std::span<const float> values, std::span<std::byte> blocks,
                  void (*plain)(const float* values, std::byte* block));

} // namespace quantoscope::ggml
