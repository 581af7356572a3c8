// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/packing.h"

namespace quantoscope {

void putBits(std::span<std::byte> stream, std::size_t index, int width, std::uint32_t code)
{
    const std::size_t bit = index * static_cast<std::size_t>(width);
    const std::uint32_t shifted = code << bit % 8;
    stream[bit / 8] |= static_cast<std::byte>(shifted & 0xff);
    if (shifted > 0xff) // a code of at most 8 bits reaches into one more byte
        stream[bit / 8 + 1] |= static_cast<std::byte>(shifted >> 8);
}

std::uint32_t getBits(std::span<const std::byte> stream, std::size_t index, int width)
{
    const std::size_t bit = index * static_cast<std::size_t>(width);
    std::uint32_t bits = std::to_integer<std::uint32_t>(stream[bit / 8]);
    if (bit % 8 + static_cast<std::size_t>(width) > 8)
        bits |= std::to_integer<std::uint32_t>(stream[bit / 8 + 1]) << 8;
    return bits >> bit % 8 & ((1u << width) - 1);
}

std::vector<std::byte> packHighNibbleFirst(std::span<const std::int32_t> codes)
{
    std::vector<std::byte> bytes((codes.size() + 1) / 2);
    for (std::size_t i = 0; i < codes.size(); ++i)
        bytes[i / 2] |= static_cast<std::byte>(i % 2 == 0 ? codes[i] << 4 : codes[i]);
    return bytes;
}

std::vector<std::int32_t> unpackHighNibbleFirst(std::span<const std::byte> bytes, std::size_t count)
{
    std::vector<std::int32_t> codes(count);
    for (std::size_t i = 0; i < count; ++i)
        codes[i] = std::to_integer<std::int32_t>(bytes[i / 2]) >> (i % 2 == 0 ? 4 : 0) & 0xf;
    return codes;
}

std::vector<std::byte> packTernary(std::span<const std::int32_t> codes)
{
    std::vector<std::byte> bytes((codes.size() + 3) / 4);
    for (std::size_t i = 0; i < codes.size(); ++i)
        putBits(bytes, i, 2, static_cast<std::uint32_t>(codes[i] + 1));
    return bytes;
}

std::vector<std::int32_t> unpackTernary(std::span<const std::byte> bytes, std::size_t count)
{
    std::vector<std::int32_t> codes(count);
    for (std::size_t i = 0; i < count; ++i)
        codes[i] = static_cast<std::int32_t>(getBits(bytes, i, 2)) - 1;
    return codes;
}

} // namespace quantoscope
