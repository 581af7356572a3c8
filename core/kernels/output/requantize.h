// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// What `shift` of a FixedPoint may be.
inline constexpr int lowestShift = -31;
inline constexpr int highestShift = 30;

/// mantissa = M·2^(31 - shift) rounded half away from zero, a carry to 2^31 moved into the shift. M below 2^-32 gives 0.
/// Throws Error(InvalidArgument) where M is negative, not finite or ≥ 2^30. Source: QuantizeMultiplier of TensorFlow Lite.
FixedPoint fixedPointOf(double multiplier);

/// 2·a·b / 2^32 rounded half up; the one product that does not fit, of two smallest numbers, becomes the largest.
/// Source: SaturatingRoundingDoublingHighMul of gemmlowp's fixedpoint.h.
std::int32_t saturatingRoundingDoublingHighMultiply(std::int32_t a, std::int32_t b);

/// x / 2^exponent rounded half away from zero, exponent 0 … 31. Source: RoundingDivideByPOT of gemmlowp's fixedpoint.h.
std::int32_t roundingDivideByPowerOfTwo(std::int32_t x, int exponent);

/// x·M as the fixed-point rules define it; what the vector kernels are checked against.
///   GemmlowpDouble  x·2^max(shift, 0) saturated to int32, then the high multiplication, then the division by 2^max(-shift, 0):
///                   where x·M nears 2^30 it already saturates
///   Single          (x·mantissa + 2^(30 - shift)) >> (31 - shift) in int64, saturated to int32
/// mantissa ≥ 0, lowestShift ≤ shift ≤ highestShift; `rule` is not Float.
std::int32_t requantize(std::int32_t x, FixedPoint multiplier, Requantization rule);

/// Biases as integers at scale s_x·s_w.
struct QuantizedBias
{
    std::vector<std::int32_t> values;    ///< one a channel
    std::vector<std::size_t> overflowed; ///< channels that did not fit and were clamped, ascending
};

/// round(bias / (activationScale · weightScale)) in double, half to even, clamped to int32. One weight scale, or one for each
/// channel. Infinite biases are clamped as overflows. Throws Error(InvalidArgument) for a NaN, for scales that are not finite and
/// above 0, and for other counts of scales.
QuantizedBias quantizeBias(std::span<const float> bias, float activationScale,
                           std::span<const float> weightScales);

} // namespace quantoscope
