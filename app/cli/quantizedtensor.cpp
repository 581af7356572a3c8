// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/quantizedtensor.h"

#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

QuantizedTensor quantizeTensor(LayerData& data, const Scheme& scheme, std::stop_token stop)
{
    QuantizedTensor tensor;
    tensor.report = data.report(scheme, stop);
    tensor.references = data.references(tensor.report);
    const ParamSets& params = *tensor.report.params;
    const ChannelMajor& arranged = data.arranged(scheme);
    const QuantizedValues quantized = quantize(arranged, params);

    const std::size_t count = quantized.codes.size();
    tensor.codes.resize(count);
    tensor.values.resize(count);
    tensor.finite.resize(count);
    tensor.setOf.resize(count);
    for (std::size_t set = 0; set < params.sets.size(); ++set) {
        throwIfStopped(stop);
        const std::size_t begin = params.layout.begin(set);
        for (std::size_t i = begin; i < begin + params.layout.size(set); ++i) {
            const std::size_t to = arranged.memoryIndex(i);
            tensor.codes[to] = quantized.codes[i];
            tensor.values[to] = quantized.values[i];
            tensor.finite[to] = quantized.finite[i];
            tensor.setOf[to] = set;
        }
    }
    return tensor;
}

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

QuantizationStep quantizationStep(const QuantizedTensor& tensor, std::size_t element, float x)
{
    const ParamSets& sets = *tensor.report.params;
    const SetParams& params = sets.sets[tensor.setOf[element]];
    const Interval ends = valueEnds(sets, tensor.setOf[element]);
    QuantizationStep step;
    step.x = x;
    step.clipped = std::clamp(x, ends.lo, ends.hi);
    step.scaled = sets.scheme.scaling == Scaling::Reciprocal ? (x - params.offset) * (1 / params.scale)
                                                             : (x - params.offset) / params.scale;
    step.code = tensor.codes[element];
    step.value = tensor.values[element];
    step.error = static_cast<double>(step.value) - static_cast<double>(x);
    if (sets.scheme.format != Format::Int || sets.coded) { // decided, not rounded
        step.rounded = step.shifted = step.code;
        return step;
    }
    step.rounded = roundedUnclamped(sets.scheme, params, x, step.scaled, element);
    step.shifted = step.rounded + params.zeroPoint;
    return step;
}

} // namespace quantoscope
