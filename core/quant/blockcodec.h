// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace quantoscope {

/// A format that packs a fixed number of consecutive elements into a block of its own layout. Pure functions, safe
/// from any thread; inputs are finite.
struct BlockCodec
{
    std::string_view name; ///< as in scheme text: "q4_0"
    std::size_t elements;  ///< per block
    std::size_t bytes;     ///< per block
    int codes;             ///< how many different codes an element can have
    void (*encode)(std::span<const float> values, std::span<std::byte> block);
    void (*decode)(std::span<const std::byte> block, std::span<float> values);
    /// The stored code of every element, 0 … codes - 1.
    void (*readCodes)(std::span<const std::byte> block, std::span<std::int32_t> codes);
    /// Lowest and highest value that each element of this block could have got: `ends` has one entry per element.
    void (*readEnds)(std::span<const std::byte> block, std::span<Interval> ends);
    std::size_t group; ///< elements that share a scale; divides `elements`
    /// Parameters of every group of the block: value = scale · (code - zeroPoint) + offset, or scale · levels[code].
    void (*readSets)(std::span<const std::byte> block, std::span<SetParams> sets);
    std::span<const float> levels; ///< of the codes where they are not evenly spaced, else empty
};

} // namespace quantoscope
