// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quantize.h"

namespace quantoscope {

std::uint64_t packedSize(const Scheme& scheme, std::size_t elements, std::size_t sets)
{
    const auto bits = static_cast<std::uint64_t>(scheme.bits);
    const std::uint64_t codeBytes = (elements * bits + 7) / 8;
    std::uint64_t perSet = sizeof(float); // the scale; Binary: α
    std::uint64_t zeroBytes = 0;
    if (scheme.format == Format::Int && scheme.grid == Grid::Offset)
        perSet += sizeof(float);
    if (scheme.format == Format::Int && scheme.grid == Grid::ZeroPoint)
        zeroBytes = (sets * bits + 7) / 8;
    return codeBytes + sets * perSet + zeroBytes;
}

std::vector<std::byte> packCodes(std::span<const std::int32_t> codes, int bits)
{
    const auto width = static_cast<std::size_t>(bits);
    std::vector<std::byte> packed((codes.size() * width + 7) / 8);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto code = static_cast<std::uint32_t>(codes[i]) & ((1u << width) - 1);
        // A code touches at most three bytes.
        const std::size_t firstBit = i * width;
        const std::uint32_t shifted = code << (firstBit % 8);
        for (std::size_t byte = 0; byte < 3 && firstBit / 8 + byte < packed.size(); ++byte)
            packed[firstBit / 8 + byte] |= static_cast<std::byte>(shifted >> (8 * byte) & 0xff);
    }
    return packed;
}

} // namespace quantoscope
