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
    std::size_t group; ///< elements that share a scale; divides `elements`
    /// Parameters of every group of the block: value = scale · (code - zeroPoint) + offset, or scale · levels[code].
    void (*readSets)(std::span<const std::byte> block, std::span<SetParams> sets);
    std::span<const float> levels; ///< of the codes where they are not evenly spaced, else empty
    /// Any whole number of consecutive blocks: the same bytes and values as one by one, in less time.
    void (*encodeMany)(std::span<const float> values, std::span<std::byte> blocks);
    void (*decodeMany)(std::span<const std::byte> blocks, std::span<float> values);
};

/// encodeMany and decodeMany of a format that has no quicker ones.
template <void (*encode)(std::span<const float>, std::span<std::byte>), std::size_t elements>
void encodeEach(std::span<const float> values, std::span<std::byte> blocks)
{
    const std::size_t count = values.size() / elements;
    for (std::size_t b = 0; b < count; ++b)
        encode(values.subspan(b * elements, elements),
               blocks.subspan(b * (blocks.size() / count), blocks.size() / count));
}
template <void (*decode)(std::span<const std::byte>, std::span<float>), std::size_t elements>
void decodeEach(std::span<const std::byte> blocks, std::span<float> values)
{
    const std::size_t count = values.size() / elements;
    for (std::size_t b = 0; b < count; ++b)
        decode(blocks.subspan(b * (blocks.size() / count), blocks.size() / count),
               values.subspan(b * elements, elements));
}

} // namespace quantoscope
