// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

namespace quantoscope {

/// Ascending representable values and the borders between them: the code of t is the number of borders below t, so
/// t on a border gets the lower value. borders.size() + 1 == values.size(), 1 … 65,536 values, not owned.
struct CodeBook
{
    std::span<const float> values;
    std::span<const float> borders;
};

/// The border half-way between two ascending values: the largest float that is not above the exact middle, so that
/// comparing floats with it decides exactly.
constexpr float borderBetween(float below, float above)
{
    const double middle = (static_cast<double>(below) + static_cast<double>(above)) / 2;
    const float border = static_cast<float>(middle);
    if (static_cast<double>(border) <= middle)
        return border;
    const auto bits = std::bit_cast<std::uint32_t>(border);
    return border == 0 ? -0x1p-149f : std::bit_cast<float>(border > 0 ? bits - 1 : bits + 1);
}

/// A fixed set of representable values around 0, applied to t = x / s. Every set is symmetric in its ends: the
/// largest value is `maximum`, the smallest -maximum.
///   Float          sign, exponent, mantissa; nearest, ties to the even mantissa, beyond ±maximum to ±maximum (as ONNX
///                  casts with saturate = 1); infinities are never produced; -0 keeps its sign
///   Book           `book`; ties as CodeBook
///   SignedBook     `book` holds the magnitudes and `order` their codes; ties go to the smaller magnitude; t < 0 sets
///                  the sign bit even where the magnitude is 0
/// Sources: IEEE 754 (fp16); OCP 8-bit Floating Point 1.0 (e4m3: no infinities, maximum 448); OCP Microscaling 1.0
/// (e3m2, e2m3, e2m1: neither infinities nor NaN); NF4 and FP4: Dettmers et al., arXiv 2305.14314 with the tables and
/// decision borders of bitsandbytes; AF4 for blocks of 64: Yoshida, arXiv 2306.06965, borders half-way.
struct ElementFormat
{
    enum class Kind { Float, Book, SignedBook };

    std::string_view name; ///< as in scheme text: "e4m3"
    Kind kind = Kind::Float;
    int bits = 0;
    float maximum = 0;
    int values = 0; ///< distinct finite values; +0 and -0 are one
    int exponentBits = 0;
    int mantissaBits = 0;
    int bias = 0;
    CodeBook book;
    std::span<const std::uint8_t> order;

    int codes() const { return 1 << bits; }
    /// The code of t; NaN gets 0.
    std::uint32_t encode(float t) const;
    /// The value of a code below codes(); NaN and infinities where the format has such codes.
    float decode(std::uint32_t code) const;
};

/// nf4, fp4, af4, fp16, bf16, e4m3, e5m2, e3m2, e2m3, e2m1.
std::span<const ElementFormat> elementFormats();

/// The format of that name, or nullptr.
const ElementFormat* findElementFormat(std::string_view name);

/// codes[i] = encode(x[i] / scale), values[i] = float32(decode(codes[i]) · scale). scale is finite and > 0; x that is
/// not finite gets code 0 and value NaN. The spans have one length. Any thread; the same bits on every machine.
void quantizeRun(const ElementFormat& format, std::span<const float> x, float scale, std::span<float> values,
                 std::span<std::int32_t> codes);

/// The same for a book of its own (k-means).
void quantizeRun(const CodeBook& book, std::span<const float> x, float scale, std::span<float> values,
                 std::span<std::int32_t> codes);

} // namespace quantoscope
