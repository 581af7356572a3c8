// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"
#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// How quotients become whole numbers. Nearest, ties to even, away from zero or up; or down.
enum class QuantizeRounding { HalfEven, HalfAway, HalfUp, Floor };

/// How a float becomes a packed integer p. In float32, each operation rounded:
///   t = (x - offset) / scale            reciprocal: (x - offset) · (1 / scale)
///   p = clamp(round(t), low - zeroPoint, high - zeroPoint) + zeroPoint
/// the engine's arithmetic for codes, whatever constant is added to zeroPoint, low and high together. NaN is taken as 0,
/// infinities end at low or high.
struct QuantizeRule
{
    float scale = 1; ///< finite, not 0
    float offset = 0;
    std::int32_t zeroPoint = 0;
    std::int32_t low = -128;
    std::int32_t high = 127;
    QuantizeRounding rounding = QuantizeRounding::HalfEven;
    bool reciprocal = false;
    bool operator==(const QuantizeRule&) const = default;
};

/// Throws Error(InvalidArgument) where the scale is 0 or not finite, the offset is not finite, low > high, the ends do not fit
/// `bits` signed bits (8 or 16), or the zero point lies beyond ±2^20.
void validate(const QuantizeRule& rule, int bits);

/// p of one value: what defines the vector kernels.
std::int32_t packedInteger(const QuantizeRule& rule, float x);

/// Of some packed integers.
struct PackedSum
{
    std::int64_t sum = 0; ///< Σ p
    std::size_t nonFinite = 0;
};

/// Loops over `count` neighbours, aligned or not; the same bits on every instruction set. Rules are valid. Thread-safe.
struct Quantizer
{
    PackedSum (*toInt8)(const float* x, std::size_t count, const QuantizeRule& rule, std::int8_t* out);
    PackedSum (*toInt16)(const float* x, std::size_t count, const QuantizeRule& rule, std::int16_t* out);
};
const Quantizer& quantizer(Isa isa);

} // namespace quantoscope
