// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace quantoscope::ggml {

inline constexpr std::size_t ternaryBlock = 256; ///< elements

/// Bytes of up to five trits each: byte `at` + l holds the elements first + l, first + l + width …
struct TritRun
{
    std::size_t at;
    std::size_t first;
    std::size_t width; ///< bytes
    std::size_t trits; ///< in a byte
};

/// TQ1_0: 160 elements in 32 bytes, 80 in 16, the last 16 in 4 bytes of four trits.
inline constexpr std::array<TritRun, 3> tritRuns = {{{0, 0, 32, 5}, {32, 160, 16, 5}, {48, 240, 4, 4}}};
/// TQ2_0: two bits a trit.
inline constexpr std::array<TritRun, 2> bitRuns = {{{0, 0, 32, 4}, {32, 128, 32, 4}}};

enum class TernaryFormat { Tq1_0, Tq2_0 };

/// Encodes whole blocks, with all lanes of the processor.
void encodeTernaryBlocks(TernaryFormat format, std::span<const float> values, std::span<std::byte> blocks);

} // namespace quantoscope::ggml
