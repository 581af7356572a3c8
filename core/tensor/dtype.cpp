// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/dtype.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

struct Row
{
    std::string_view name;
    int bits;
    bool integer;
};

// In the order of the enumeration.
constexpr std::array<Row, 18> rows = {{{"f64", 64, false},
                                       {"f32", 32, false},
                                       {"f16", 16, false},
                                       {"bf16", 16, false},
                                       {"f8e4m3fn", 8, false},
                                       {"f8e5m2", 8, false},
                                       {"i8", 8, true},
                                       {"u8", 8, true},
                                       {"i16", 16, true},
                                       {"u16", 16, true},
                                       {"i32", 32, true},
                                       {"u32", 32, true},
                                       {"i64", 64, true},
                                       {"bool", 8, true},
                                       {"i4", 4, true},
                                       {"u4", 4, true},
                                       {"i2", 2, true},
                                       {"u2", 2, true}}};

const Row& row(DType type) { return rows[static_cast<std::size_t>(type)]; }

/// A small IEEE-like float: sign, exponent, mantissa; subnormals included, infinities by the caller.
float decodeSmall(unsigned bits, int exponentBits, int mantissaBits)
{
    const unsigned mantissa = bits & ((1u << mantissaBits) - 1);
    const int exponent = static_cast<int>((bits >> mantissaBits) & ((1u << exponentBits) - 1));
    const bool negative = (bits >> (exponentBits + mantissaBits)) & 1u;
    const int bias = (1 << (exponentBits - 1)) - 1;
    const float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), 1 - bias - mantissaBits)
                                          : std::ldexp(static_cast<float>(mantissa | (1u << mantissaBits)),
                                                       exponent - bias - mantissaBits);
    return negative ? -magnitude : magnitude;
}

float withIeeeSpecials(unsigned bits, int exponentBits, int mantissaBits)
{
    const unsigned exponentMask = (1u << exponentBits) - 1;
    if (((bits >> mantissaBits) & exponentMask) != exponentMask)
        return decodeSmall(bits, exponentBits, mantissaBits);
    if (bits & ((1u << mantissaBits) - 1))
        return std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    return (bits >> (exponentBits + mantissaBits)) & 1u ? -infinity : infinity;
}

} // namespace

int bitsOf(DType type) { return row(type).bits; }
std::string_view nameOf(DType type) { return row(type).name; }
bool isInteger(DType type) { return row(type).integer; }

std::size_t packedBytes(DType type, std::size_t elements)
{
    const auto bits = static_cast<std::size_t>(bitsOf(type));
    return bits >= 8 ? elements * (bits / 8) : elements / (8 / bits) + (elements % (8 / bits) != 0);
}

float floatFromHalf(std::uint16_t bits) { return withIeeeSpecials(bits, 5, 10); }

float floatFromBfloat16(std::uint16_t bits)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

float floatFromF8E4M3(std::uint8_t bits)
{
    if ((bits & 0x7f) == 0x7f)
        return std::numeric_limits<float>::quiet_NaN();
    return decodeSmall(bits, 4, 3);
}

float floatFromF8E5M2(std::uint8_t bits) { return withIeeeSpecials(bits, 5, 2); }

} // namespace quantoscope
