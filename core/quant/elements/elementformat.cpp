// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/elementformat.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

namespace quantoscope {

namespace {

constexpr std::array<float, 16> nf4Values = {-1.0f,
                                             -0.6961928009986877f,
                                             -0.5250730514526367f,
                                             -0.39491748809814453f,
                                             -0.28444138169288635f,
                                             -0.18477343022823334f,
                                             -0.09105003625154495f,
                                             0.0f,
                                             0.07958029955625534f,
                                             0.16093020141124725f,
                                             0.24611230194568634f,
                                             0.33791524171829224f,
                                             0.44070982933044434f,
                                             0.5626170039176941f,
                                             0.7229568362236023f,
                                             1.0f};
// Within an ulp of half-way, but not always the nearest float: the published decisions.
constexpr std::array<float, 15> nf4Borders = {
    -0.8480964004993439f, -0.6106329262256622f,  -0.4599952697753906f,   -0.33967943489551544f,
    -0.2346074059605598f, -0.13791173323988914f, -0.045525018125772476f, 0.03979014977812767f,
    0.1202552504837513f,  0.2035212516784668f,   0.2920137718319893f,    0.3893125355243683f,
    0.5016634166240692f,  0.6427869200706482f,   0.8614784181118011f};

constexpr std::array<float, 16> af4Values = {
    -1.0f,       -0.69441008f, -0.51243739f, -0.3736951f, -0.25607552f, -0.14982478f, -0.04934812f, 0.0f,
    0.04273164f, 0.12934483f,  0.21961274f,  0.31675666f, 0.42563882f,  0.55496234f,  0.72424863f,  1.0f};

template <std::size_t N>
constexpr std::array<float, N - 1> halfWay(const std::array<float, N>& values)
{
    std::array<float, N - 1> borders{};
    for (std::size_t i = 0; i + 1 < N; ++i)
        borders[i] = borderBetween(values[i], values[i + 1]);
    return borders;
}
constexpr std::array<float, 15> af4Borders = halfWay(af4Values);

// 0, 1/16, 2, 3, 4, 6, 8, 12 in twelfths; their codes do not ascend, and 0.583333 is published with six digits.
constexpr std::array<float, 8> fp4Magnitudes = {0.0f, 0.005208333333f, 0.16666667f, 0.25f, 0.33333333f,
                                                0.5f, 0.66666667f,     1.0f};
constexpr std::array<float, 7> fp4Borders = {0.00260417f, 0.0859375f, 0.20833333f, 0.29166667f,
                                             0.4166667f,  0.583333f,  0.8333333f};
constexpr std::array<std::uint8_t, 8> fp4Order = {0, 1, 6, 7, 4, 5, 2, 3};

constexpr ElementFormat bookFormat(std::string_view name, const CodeBook& book)
{
    ElementFormat format;
    format.name = name;
    format.kind = ElementFormat::Kind::Book;
    format.bits = 4;
    format.maximum = 1;
    format.values = 16;
    format.book = book;
    return format;
}

constexpr ElementFormat fp4Format()
{
    ElementFormat format = bookFormat("fp4", {fp4Magnitudes, fp4Borders});
    format.kind = ElementFormat::Kind::SignedBook;
    format.values = 15;
    format.order = fp4Order;
    return format;
}

constexpr ElementFormat floatFormat(std::string_view name, int exponentBits, int mantissaBits, float maximum,
                                    int values)
{
    ElementFormat format;
    format.name = name;
    format.bits = 1 + exponentBits + mantissaBits;
    format.maximum = maximum;
    format.values = values;
    format.exponentBits = exponentBits;
    format.mantissaBits = mantissaBits;
    format.bias = (1 << (exponentBits - 1)) - 1;
    return format;
}

constexpr std::array<ElementFormat, 10> formats = {
    bookFormat("nf4", {nf4Values, nf4Borders}),    fp4Format(),
    bookFormat("af4", {af4Values, af4Borders}),    floatFormat("fp16", 5, 10, 65504.0f, 63487),
    floatFormat("bf16", 8, 7, 0x1.fep127f, 65279), floatFormat("e4m3", 4, 3, 448.0f, 253),
    floatFormat("e5m2", 5, 2, 57344.0f, 247),      floatFormat("e3m2", 3, 2, 28.0f, 63),
    floatFormat("e2m3", 2, 3, 7.5f, 63),           floatFormat("e2m1", 2, 1, 6.0f, 15),
};

constexpr std::uint32_t signBit = 0x80000000u;
constexpr std::uint32_t infinityBits = 0x7f800000u;

bool isFinite(float x) { return (std::bit_cast<std::uint32_t>(x) & infinityBits) != infinityBits; }

/// A choice by masks: the compiler does not turn a choice between results of float arithmetic into vector code.
std::uint32_t select(bool first, std::uint32_t a, std::uint32_t b)
{
    const std::uint32_t mask = 0u - static_cast<std::uint32_t>(first);
    return (a & mask) | (b & ~mask);
}

/// Rounding by integer arithmetic on the bits of float32, without branches so that loops over it become vector code.
struct FloatRule
{
    int shift;           ///< mantissa bits that fall off
    std::uint32_t half;  ///< half of their range less one: with the kept lowest bit added, ties go to even
    std::int32_t rebias; ///< difference of the exponent fields, in units of a code
    std::uint32_t firstNormal;
    float magic; ///< float32 has the step of the format's subnormals above it: adding rounds to that step
    float step;  ///< of the subnormals
    std::int32_t normalCode;
    std::int32_t maxCode;
    int signShift;

    explicit FloatRule(const ElementFormat& format)
        : shift(23 - format.mantissaBits), half((1u << (shift - 1)) - 1),
          rebias((127 - format.bias) << format.mantissaBits),
          firstNormal(static_cast<std::uint32_t>(128 - format.bias) << 23),
          magic(std::ldexp(1.0f, 24 - format.bias - format.mantissaBits)),
          step(std::ldexp(1.0f, 1 - format.bias - format.mantissaBits)), normalCode(1 << format.mantissaBits),
          maxCode(static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(format.maximum) >> shift) - rebias),
          signShift(32 - format.bits)
    {
        // With float32's own exponents subnormals are cut like the others, and slow arithmetic on them is avoided.
        if (rebias == 0) {
            firstNormal = 0;
            normalCode = 0;
            magic = step = 1;
        }
    }

    /// Magnitude code of a magnitude; a NaN gets a code in range.
    std::int32_t encode(std::uint32_t magnitude) const
    {
        const std::uint32_t normal =
            ((magnitude + half + ((magnitude >> shift) & 1u)) >> shift) - static_cast<std::uint32_t>(rebias);
        const std::uint32_t small = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + magic)
                                    - std::bit_cast<std::uint32_t>(magic);
        const auto code = static_cast<std::int32_t>(select(magnitude < firstNormal, small, normal));
        return code < maxCode ? code : maxCode;
    }

    /// Bits of the magnitude of a code up to maxCode.
    std::uint32_t decode(std::int32_t code) const
    {
        const std::uint32_t normal = static_cast<std::uint32_t>(code + rebias) << shift;
        const auto small = std::bit_cast<std::uint32_t>(static_cast<float>(code) * step);
        return select(code < normalCode, small, normal);
    }
};

std::uint32_t bordersBelow(std::span<const float> borders, float t)
{
    return static_cast<std::uint32_t>(std::lower_bound(borders.begin(), borders.end(), t) - borders.begin());
}

void quantizeFloats(const ElementFormat& format, std::span<const float> x, float scale,
                    std::span<float> values, std::span<std::int32_t> codes)
{
    const FloatRule rule(format);
    constexpr std::uint32_t nan = 0x7fc00000u;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto t = std::bit_cast<std::uint32_t>(x[i] / scale);
        const std::int32_t code = rule.encode(t & ~signBit);
        const float value = std::bit_cast<float>(rule.decode(code) | (t & signBit)) * scale;
        const std::uint32_t signedCode = static_cast<std::uint32_t>(code) | (t & signBit) >> rule.signShift;
        const bool finite = isFinite(x[i]);
        codes[i] = static_cast<std::int32_t>(select(finite, signedCode, 0));
        values[i] = std::bit_cast<float>(select(finite, std::bit_cast<std::uint32_t>(value), nan));
    }
}

/// One comparison per border and element beats a search for a few borders: the loop over elements is vector code.
void countBorders(std::span<const float> borders, std::span<const float> t, std::span<std::int32_t> counts)
{
    std::fill(counts.begin(), counts.end(), 0);
    for (const float border : borders)
        for (std::size_t i = 0; i < t.size(); ++i)
            counts[i] += t[i] > border ? 1 : 0;
}

/// In pieces that stay in the nearest cache. `finish(t, count, code&)` gives the value of a finite element.
template <typename Finish>
void quantizeByBorders(std::span<const float> borders, bool magnitudes, std::span<const float> x, float scale,
                       std::span<float> values, std::span<std::int32_t> codes, const Finish& finish)
{
    constexpr std::size_t piece = 512;
    constexpr std::size_t manyBorders = 32;
    std::array<float, piece> ts;
    for (std::size_t at = 0; at < x.size(); at += piece) {
        const std::size_t count = std::min(piece, x.size() - at);
        for (std::size_t i = 0; i < count; ++i) {
            const float t = x[at + i] / scale;
            ts[i] = magnitudes ? std::abs(t) : t;
        }
        const std::span<std::int32_t> counts = codes.subspan(at, count);
        if (borders.size() <= manyBorders) {
            countBorders(borders, {ts.data(), count}, counts);
        } else {
            for (std::size_t i = 0; i < count; ++i)
                counts[i] = static_cast<std::int32_t>(bordersBelow(borders, ts[i]));
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (isFinite(x[at + i])) {
                values[at + i] = finish(x[at + i], counts[i]) * scale;
            } else {
                counts[i] = 0;
                values[at + i] = std::numeric_limits<float>::quiet_NaN();
            }
        }
    }
}

} // namespace

std::uint32_t ElementFormat::encode(float t) const
{
    if (std::isnan(t))
        return 0;
    if (kind == Kind::Book)
        return bordersBelow(book.borders, t);
    const auto bitsOfT = std::bit_cast<std::uint32_t>(t);
    if (kind == Kind::SignedBook)
        return order[bordersBelow(book.borders, std::abs(t))] | (t < 0 ? 1u << (bits - 1) : 0u);
    return static_cast<std::uint32_t>(FloatRule(*this).encode(bitsOfT & ~signBit))
           | (bitsOfT & signBit) >> (32 - bits);
}

float ElementFormat::decode(std::uint32_t code) const
{
    assert(code < static_cast<std::uint32_t>(codes()));
    if (kind == Kind::Book)
        return book.values[code];
    const std::uint32_t sign = code >> (bits - 1);
    const std::uint32_t rest = code & ((1u << (bits - 1)) - 1);
    float magnitude;
    if (kind == Kind::SignedBook) {
        const auto place = std::find(order.begin(), order.end(), rest) - order.begin();
        magnitude = book.values[static_cast<std::size_t>(place)];
    } else {
        const FloatRule rule(*this);
        const bool isNumber = static_cast<std::int32_t>(rest) <= rule.maxCode;
        // Of the formats with more codes than numbers only e4m3 has no infinity.
        const bool isInfinity = exponentBits >= 5 && static_cast<std::int32_t>(rest) == rule.maxCode + 1;
        magnitude = isNumber     ? std::bit_cast<float>(rule.decode(static_cast<std::int32_t>(rest)))
                    : isInfinity ? std::numeric_limits<float>::infinity()
                                 : std::numeric_limits<float>::quiet_NaN();
    }
    return sign ? -magnitude : magnitude;
}

std::span<const ElementFormat> elementFormats() { return formats; }

const ElementFormat* findElementFormat(std::string_view name)
{
    const auto found = std::find_if(formats.begin(), formats.end(),
                                    [&](const ElementFormat& format) { return format.name == name; });
    return found == formats.end() ? nullptr : &*found;
}

void quantizeRun(const ElementFormat& format, std::span<const float> x, float scale, std::span<float> values,
                 std::span<std::int32_t> codes)
{
    assert(values.size() == x.size() && codes.size() == x.size());
    if (format.kind == ElementFormat::Kind::Float) {
        quantizeFloats(format, x, scale, values, codes);
    } else if (format.kind == ElementFormat::Kind::Book) {
        quantizeRun(format.book, x, scale, values, codes);
    } else {
        const std::int32_t sign = format.codes() / 2;
        quantizeByBorders(format.book.borders, true, x, scale, values, codes,
                          [&](float element, std::int32_t& code) {
                              const auto place = static_cast<std::size_t>(code);
                              // A negative element whose quotient is too small for a float counts as -0 here too.
                              const bool negative = element / scale < 0;
                              code = format.order[place] + (negative ? sign : 0);
                              return negative ? -format.book.values[place] : format.book.values[place];
                          });
    }
}

void quantizeRun(const CodeBook& book, std::span<const float> x, float scale, std::span<float> values,
                 std::span<std::int32_t> codes)
{
    assert(values.size() == x.size() && codes.size() == x.size());
    quantizeByBorders(book.borders, false, x, scale, values, codes,
                      [&](float, std::int32_t& code) { return book.values[static_cast<std::size_t>(code)]; });
}

} // namespace quantoscope
