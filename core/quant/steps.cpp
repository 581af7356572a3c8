// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/steps.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// The whole number that `scaled` becomes before the zero point and the clamp: the engine's rounding asked
/// with codes so wide that they never clamp.
double roundedUnclamped(const Scheme& scheme, const SetParams& params, float x, float scaled,
                        std::size_t element)
{
    if (std::abs(scaled) >= 0x1p24f) // every float of that size is whole
        return static_cast<double>(scaled);
    constexpr int wide = 1 << 26;
    const float draw = scheme.rounding.kind == Rounding::Kind::Stochastic
                           ? stochasticDraw(scheme.rounding.seed, element)
                           : 0.0f;
    SetParams unshifted = params;
    unshifted.zeroPoint = 0;
    return quantizeOne(scheme, unshifted, {-wide, wide}, x, draw);
}

} // namespace

QuantizationStep quantizationStep(const ParamSets& sets, std::size_t set, std::size_t element, float x,
                                  std::int32_t code, float value)
{
    const SetParams& params = sets.sets[set];
    const Interval ends = valueEnds(sets, set);
    QuantizationStep step;
    step.x = x;
    step.clipped = std::clamp(x, ends.lo, ends.hi);
    step.scaled = sets.scheme.scaling == Scaling::Reciprocal ? (x - params.offset) * (1 / params.scale)
                                                             : (x - params.offset) / params.scale;
    step.code = code;
    step.value = value;
    step.error = static_cast<double>(value) - static_cast<double>(x);
    if (sets.scheme.format != Format::Int || sets.coded) { // decided, not rounded
        step.rounded = step.shifted = step.code;
        return step;
    }
    step.rounded = roundedUnclamped(sets.scheme, params, x, step.scaled, element);
    step.shifted = step.rounded + params.zeroPoint;
    return step;
}

} // namespace quantoscope
