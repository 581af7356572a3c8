// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/output/requantize.h"

#include "core/support/error.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <string>

namespace quantoscope {

namespace {

constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

std::int32_t saturated(std::int64_t value)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, lowest, highest));
}

/// Throws unless 0 < scale < ∞.
void requireScale(float scale, const char* whose)
{
    if (!(scale > 0) || !std::isfinite(scale))
        throw Error(ErrorCode::InvalidArgument,
                    std::string("A bias cannot be made an integer: the scale of the ") + whose + " is "
                        + std::to_string(scale) + ", not a finite number above 0.");
}

} // namespace

FixedPoint fixedPointOf(double multiplier)
{
    if (!std::isfinite(multiplier) || multiplier < 0)
        throw Error(ErrorCode::InvalidArgument,
                    "A requantization multiplier must be finite and not negative, not "
                        + std::to_string(multiplier) + ".");
    int shift = 0;
    const double fraction = std::frexp(multiplier, &shift);
    auto mantissa = static_cast<std::int64_t>(std::round(fraction * 0x1p31));
    if (mantissa == std::int64_t{1} << 31) {
        mantissa /= 2;
        ++shift;
    }
    if (shift > highestShift)
        throw Error(ErrorCode::InvalidArgument, "A requantization multiplier must be below 2^30, not "
                                                    + std::to_string(multiplier) + ".");
    if (shift < lowestShift || mantissa == 0)
        return {};
    return {static_cast<std::int32_t>(mantissa), shift};
}

std::int32_t saturatingRoundingDoublingHighMultiply(std::int32_t a, std::int32_t b)
{
    // Half up and not half away: the nudge of negative products is one less than that of the others.
    return saturated((std::int64_t{a} * b + (std::int64_t{1} << 30)) >> 31);
}

std::int32_t roundingDivideByPowerOfTwo(std::int32_t x, int exponent)
{
    assert(exponent >= 0 && exponent <= 31);
    const std::int64_t mask = (std::int64_t{1} << exponent) - 1;
    const std::int64_t remainder = x & mask;
    const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

std::int32_t requantize(std::int32_t x, FixedPoint multiplier, Requantization rule)
{
    assert(multiplier.mantissa >= 0 && rule != Requantization::Float);
    assert(multiplier.shift >= lowestShift && multiplier.shift <= highestShift);
    const int shift = multiplier.shift;
    if (rule == Requantization::Single) {
        const std::int64_t half = std::int64_t{1} << (30 - shift);
        return saturated((std::int64_t{x} * multiplier.mantissa + half) >> (31 - shift));
    }
    const std::int32_t shifted = saturated(std::int64_t{x} * (std::int64_t{1} << std::max(shift, 0)));
    return roundingDivideByPowerOfTwo(saturatingRoundingDoublingHighMultiply(shifted, multiplier.mantissa),
                                      std::max(-shift, 0));
}

QuantizedBias quantizeBias(std::span<const float> bias, float activationScale,
                           std::span<const float> weightScales)
{
    if (weightScales.size() != 1 && weightScales.size() != bias.size())
        throw Error(ErrorCode::InvalidArgument, "A bias of " + std::to_string(bias.size())
                                                    + " channels needs as many weight scales or one, not "
                                                    + std::to_string(weightScales.size()) + ".");
    requireScale(activationScale, "activations");
    for (const float scale : weightScales)
        requireScale(scale, "weights");
    QuantizedBias result;
    result.values.resize(bias.size());
    for (std::size_t i = 0; i < bias.size(); ++i) {
        if (std::isnan(bias[i]))
            throw Error(ErrorCode::InvalidArgument,
                        "The bias of channel " + std::to_string(i) + " is not a number.");
        const double scale =
            static_cast<double>(activationScale) * weightScales[weightScales.size() == 1 ? 0 : i];
        const double steps = std::nearbyint(bias[i] / scale);
        const double fitting = std::clamp<double>(steps, lowest, highest);
        result.values[i] = static_cast<std::int32_t>(fitting);
        if (fitting != steps)
            result.overflowed.push_back(i);
    }
    return result;
}

} // namespace quantoscope
