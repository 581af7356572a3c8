// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/nestedscales.h"
#include "core/quant/encodeblocks.h"
#include "core/quant/formats.h"
#include "core/quant/quantize.h"

#include <algorithm>

namespace quantoscope {

namespace {

std::uint64_t codeBytes(std::uint64_t elements, int bits)
{
    return (elements * static_cast<std::uint64_t>(bits) + 7) / 8;
}

std::uint64_t scaleBytes(const Scheme& scheme, std::uint64_t sets)
{
    switch (scheme.scale) {
    case ScaleType::F32:
        return 4 * sets;
    case ScaleType::F16:
    case ScaleType::Bf16:
        return 2 * sets;
    case ScaleType::Pow2:
        return sets;
    case ScaleType::Double:
        break;
    }
    return NestedScales::bytesFor(sets);
}

} // namespace

std::uint64_t packedSize(const Scheme& scheme, std::size_t elements, std::size_t sets)
{
    switch (infoOf(scheme.format).family) {
    case Family::Blocks: {
        const BlockCodec& codec = codecOf(scheme);
        const std::uint64_t tensorScale = scheme.scale == ScaleType::Double ? sizeof(float) : 0;
        return elements / codec.elements * codec.bytes + tensorScale;
    }
    case Family::Cast:
    case Family::Fitted:
        return codeBytes(elements, scheme.bits);
    default:
        break;
    }
    const std::uint64_t offsets =
        scheme.grid == Grid::Offset ? sizeof(float) * std::uint64_t{sets} : std::uint64_t{0};
    const std::uint64_t zeroPoints =
        scheme.format == Format::Int && scheme.grid == Grid::ZeroPoint ? codeBytes(sets, scheme.bits) : 0;
    return codeBytes(elements, scheme.bits) + scaleBytes(scheme, sets) + offsets + zeroPoints;
}

std::uint64_t packedSize(const ParamSets& params, std::size_t elements)
{
    std::uint64_t bytes = packedSize(params.scheme, elements, params.sets.size());
    if (params.scheme.format == Format::KMeans) {
        for (const ValueTable& table : params.tables)
            bytes += table.values.size() * sizeof(float);
    }
    if (!params.coded)
        return bytes;
    bytes += params.coded->columnFactors.size() * sizeof(float);
    const auto& half = params.coded->halfColumns;
    const auto kept = static_cast<std::uint64_t>(std::count(half.begin(), half.end(), 1));
    const std::uint64_t moved = kept * params.layout.channels;
    return bytes - codeBytes(elements, params.scheme.bits) + codeBytes(elements - moved, params.scheme.bits)
           + moved * 2 + kept * sizeof(std::int32_t);
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
