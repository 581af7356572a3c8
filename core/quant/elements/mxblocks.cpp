// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/mxblocks.h"

#include "core/quant/elements/packing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t mxElements = 32;
constexpr std::size_t nvElements = 64;
constexpr std::size_t nvGroup = 16;
constexpr std::size_t nvGroups = nvElements / nvGroup;

/// Places in elementFormats() of the formats that MX knows.
enum Element : std::size_t { E4M3 = 5, E5M2, E3M2, E2M3, E2M1 };

template <Element element>
const ElementFormat& format()
{
    return elementFormats()[element];
}

float largestMagnitude(std::span<const float> values)
{
    float largest = 0;
    for (const float value : values)
        largest = std::max(largest, std::abs(value));
    return largest;
}

/// The E2M1 code of x under scale s, half-way to the smaller magnitude: products of these borders with a scale of at
/// most four mantissa bits are exact, quotients need not be.
std::int32_t ggmlE2m1(float x, float scale)
{
    constexpr std::array<float, 7> borders = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5.0f};
    if (scale == 0)
        return 0;
    std::int32_t code = 0;
    for (const float border : borders)
        code += std::abs(x) > border * scale ? 1 : 0;
    return x < 0 && code != 0 ? code + 8 : code;
}

template <BlockVariant variant, Element element>
void encodeElements(std::span<const float> values, float scale, std::span<std::int32_t> codes)
{
    if constexpr (variant == BlockVariant::Ggml && element == E2M1) {
        for (std::size_t i = 0; i < values.size(); ++i)
            codes[i] = ggmlE2m1(values[i], scale);
    } else if (scale == 0) {
        std::fill(codes.begin(), codes.end(), 0);
    } else {
        std::array<float, mxElements> decoded;
        quantizeRun(format<element>(), values, scale, {decoded.data(), values.size()}, codes);
    }
}

/// Nibbles of a stretch: element j low, element j + half high.
void putHalves(std::span<const std::int32_t> codes, std::span<std::byte> bytes)
{
    const std::size_t half = codes.size() / 2;
    for (std::size_t j = 0; j < half; ++j)
        bytes[j] = static_cast<std::byte>(codes[j] | codes[j + half] << 4);
}

void getHalves(std::span<const std::byte> bytes, std::span<std::int32_t> codes)
{
    const std::size_t half = codes.size() / 2;
    for (std::size_t j = 0; j < half; ++j) {
        codes[j] = std::to_integer<std::int32_t>(bytes[j] & std::byte{0xf});
        codes[j + half] = std::to_integer<std::int32_t>(bytes[j] >> 4);
    }
}

template <Element element, ExponentRule rule, BlockVariant variant>
void encodeMx(std::span<const float> values, std::span<std::byte> block)
{
    const std::uint8_t exponent = mxExponent(rule, format<element>(), largestMagnitude(values));
    std::array<std::int32_t, mxElements> codes;
    encodeElements<variant, element>(values, scaleOfE8m0(exponent), codes);
    std::fill(block.begin(), block.end(), std::byte{0});
    block[0] = std::byte{exponent};
    if constexpr (element == E2M1) {
        putHalves(codes, block.subspan(1));
    } else {
        for (std::size_t i = 0; i < mxElements; ++i)
            putBits(block.subspan(1), i, format<element>().bits, static_cast<std::uint32_t>(codes[i]));
    }
}

template <Element element>
void readMxCodes(std::span<const std::byte> block, std::span<std::int32_t> codes)
{
    if constexpr (element == E2M1) {
        getHalves(block.subspan(1), codes);
    } else {
        for (std::size_t i = 0; i < mxElements; ++i)
            codes[i] = static_cast<std::int32_t>(getBits(block.subspan(1), i, format<element>().bits));
    }
}

float mxScaleOf(std::span<const std::byte> block)
{
    return scaleOfE8m0(std::to_integer<std::uint8_t>(block[0]));
}

template <Element element>
void decodeMx(std::span<const std::byte> block, std::span<float> values)
{
    std::array<std::int32_t, mxElements> codes;
    readMxCodes<element>(block, codes);
    const float scale = mxScaleOf(block);
    for (std::size_t i = 0; i < mxElements; ++i)
        values[i] = format<element>().decode(static_cast<std::uint32_t>(codes[i])) * scale;
}

void readMxSets(std::span<const std::byte> block, std::span<SetParams> sets)
{
    sets[0] = {};
    sets[0].scale = mxScaleOf(block);
}

/// decode() of every code.
template <Element element>
std::span<const float> levelsOf()
{
    static const std::vector<float> levels = [] {
        std::vector<float> values;
        for (int code = 0; code < format<element>().codes(); ++code)
            values.push_back(format<element>().decode(static_cast<std::uint32_t>(code)));
        return values;
    }();
    return levels;
}

template <BlockVariant variant>
void encodeNv(std::span<const float> values, std::span<std::byte> block)
{
    constexpr auto rounding =
        variant == BlockVariant::Ggml ? BlockScaleRounding::Ggml : BlockScaleRounding::HalfEven;
    for (std::size_t group = 0; group < nvGroups; ++group) {
        const auto elements = values.subspan(group * nvGroup, nvGroup);
        const std::uint8_t scale = nvfp4BlockScale(largestMagnitude(elements), 1, rounding);
        std::array<std::int32_t, nvGroup> codes;
        encodeElements<variant, E2M1>(elements, scaleOfE4m3(scale), codes);
        block[group] = std::byte{scale};
        putHalves(codes, block.subspan(nvGroups + group * nvGroup / 2));
    }
}

void readNvCodes(std::span<const std::byte> block, std::span<std::int32_t> codes)
{
    for (std::size_t group = 0; group < nvGroups; ++group)
        getHalves(block.subspan(nvGroups + group * nvGroup / 2), codes.subspan(group * nvGroup, nvGroup));
}

float nvScaleOf(std::span<const std::byte> block, std::size_t element)
{
    return scaleOfE4m3(std::to_integer<std::uint8_t>(block[element / nvGroup]));
}

void decodeNv(std::span<const std::byte> block, std::span<float> values)
{
    std::array<std::int32_t, nvElements> codes;
    readNvCodes(block, codes);
    for (std::size_t i = 0; i < nvElements; ++i)
        values[i] = format<E2M1>().decode(static_cast<std::uint32_t>(codes[i])) * nvScaleOf(block, i);
}

void readNvSets(std::span<const std::byte> block, std::span<SetParams> sets)
{
    for (std::size_t group = 0; group < nvGroups; ++group) {
        sets[group] = {};
        sets[group].scale = nvScaleOf(block, group * nvGroup);
    }
}

template <Element element, ExponentRule rule, BlockVariant variant>
BlockCodec mxCodec(std::string_view name)
{
    const auto bits = static_cast<std::size_t>(format<element>().bits);
    return {name,
            mxElements,
            1 + mxElements * bits / 8,
            format<element>().codes(),
            encodeMx<element, rule, variant>,
            decodeMx<element>,
            readMxCodes<element>,
            mxElements,
            readMxSets,
            levelsOf<element>(),
            encodeEach<encodeMx<element, rule, variant>, mxElements>,
            decodeEach<decodeMx<element>, mxElements>};
}

template <BlockVariant variant>
BlockCodec nvCodec()
{
    return {"nvfp4",
            nvElements,
            nvGroups + nvElements / 2,
            16,
            encodeNv<variant>,
            decodeNv,
            readNvCodes,
            nvGroup,
            readNvSets,
            levelsOf<E2M1>(),
            encodeEach<encodeNv<variant>, nvElements>,
            decodeEach<decodeNv, nvElements>};
}

using Codecs = std::array<BlockCodec, 6>;

template <ExponentRule rule, BlockVariant variant>
Codecs codecs()
{
    return {mxCodec<E4M3, rule, variant>("mxfp8-e4m3"), mxCodec<E5M2, rule, variant>("mxfp8-e5m2"),
            mxCodec<E3M2, rule, variant>("mxfp6-e3m2"), mxCodec<E2M3, rule, variant>("mxfp6-e2m3"),
            mxCodec<E2M1, rule, variant>("mxfp4"),      nvCodec<variant>()};
}

template <BlockVariant variant>
const Codecs& codecsOf(ExponentRule rule)
{
    static const std::array<Codecs, 4> all = {
        codecs<ExponentRule::Floor, variant>(), codecs<ExponentRule::Ceil, variant>(),
        codecs<ExponentRule::Rceil, variant>(), codecs<ExponentRule::Even, variant>()};
    return all[static_cast<std::size_t>(rule)];
}

} // namespace

const BlockCodec* findMxCodec(std::string_view name, ExponentRule rule, BlockVariant variant)
{
    const Codecs& all = variant == BlockVariant::Ggml ? codecsOf<BlockVariant::Ggml>(rule)
                                                      : codecsOf<BlockVariant::HalfEven>(rule);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const BlockCodec& codec) { return codec.name == name; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace quantoscope
