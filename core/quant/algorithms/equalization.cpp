// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/equalization.h"

#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

namespace quantoscope {

namespace {

std::size_t perOutput(const EqualizedLayer& layer) { return layer.inputs / layer.groups * layer.inner; }

/// body(weights of one output and one of its inputs, output, input), for all of them.
template <class Layer, class Body>
void forKernels(Layer& layer, Body body)
{
    const std::size_t inputsPerGroup = layer.inputs / layer.groups;
    const std::size_t outputsPerGroup = layer.outputs / layer.groups;
    for (std::size_t output = 0; output < layer.outputs; ++output)
        for (std::size_t i = 0; i < inputsPerGroup; ++i)
            body(std::span(layer.weights).subspan((output * inputsPerGroup + i) * layer.inner, layer.inner),
                 output, output / outputsPerGroup * inputsPerGroup + i);
}

float largestMagnitude(std::span<const float> weights)
{
    float largest = 0;
    for (const float weight : weights)
        largest = std::max(largest, std::abs(weight)); // std::max keeps `largest` against NaN
    return largest;
}

/// Largest |w| by output, and by input.
struct Ranges
{
    std::vector<float> outputs, inputs;
};

Ranges rangesOf(const EqualizedLayer& layer)
{
    Ranges ranges{std::vector<float>(layer.outputs), std::vector<float>(layer.inputs)};
    forKernels(layer, [&](std::span<const float> weights, std::size_t output, std::size_t input) {
        const float largest = largestMagnitude(weights);
        ranges.outputs[output] = std::max(ranges.outputs[output], largest);
        ranges.inputs[input] = std::max(ranges.inputs[input], largest);
    });
    return ranges;
}

float factorOf(float first, float second, float bias, float cap)
{
    if (!(first > 0 && second > 0) || !std::isfinite(first) || !std::isfinite(second))
        return 1;
    const double s = std::sqrt(static_cast<double>(first) / static_cast<double>(second));
    const auto factor = static_cast<float>(s);
    const bool usable = std::isnormal(factor) && std::isfinite(bias / factor) && std::isfinite(cap / factor)
                        && (cap == 0 || cap / factor > 0);
    return usable ? factor : 1.0f;
}

std::vector<float> factorsBetween(const EqualizedLayer& first, const EqualizedLayer& second)
{
    const Ranges left = rangesOf(first), right = rangesOf(second);
    std::vector<float> factors;
    for (std::size_t i = 0; i < first.outputs; ++i)
        factors.push_back(factorOf(left.outputs[i], right.inputs[i],
                                   first.bias.empty() ? 0.0f : first.bias[i],
                                   first.after == Between::Capped ? first.caps[i] : 0.0f));
    return factors;
}

void apply(std::span<const float> factors, EqualizedLayer& first, EqualizedLayer& second)
{
    forKernels(first, [&](std::span<float> weights, std::size_t output, std::size_t) {
        for (float& weight : weights)
            weight /= factors[output];
    });
    for (std::size_t i = 0; i < first.bias.size(); ++i)
        first.bias[i] /= factors[i];
    for (std::size_t i = 0; i < first.caps.size(); ++i)
        first.caps[i] /= factors[i];
    forKernels(second, [&](std::span<float> weights, std::size_t, std::size_t input) {
        for (float& weight : weights)
            weight *= factors[input];
    });
}

void requireLayer(const EqualizedLayer& layer, std::size_t number)
{
    const bool grouped =
        layer.groups > 0 && layer.inputs % layer.groups == 0 && layer.outputs % layer.groups == 0;
    if (!grouped || layer.weights.size() != layer.outputs * perOutput(layer)
        || (!layer.bias.empty() && layer.bias.size() != layer.outputs)
        || (layer.after == Between::Capped && layer.caps.size() != layer.outputs))
        throw Error(ErrorCode::InvalidArgument,
                    "Layer " + std::to_string(number)
                        + " to equalize: weights, bias, caps and groups do not fit its outputs and inputs.");
}

void requirePair(const EqualizedLayer& first, const EqualizedLayer& second, std::size_t number)
{
    const std::string which = "Layers " + std::to_string(number) + " and " + std::to_string(number + 1);
    if (first.outputs != second.inputs)
        throw Error(ErrorCode::SchemeMismatch,
                    which + " cannot be equalized: " + std::to_string(first.outputs) + " outputs meet "
                        + std::to_string(second.inputs) + " inputs.");
    if (first.after == Between::Other)
        throw Error(ErrorCode::SchemeMismatch,
                    which
                        + " cannot be equalized: the activation between them does not scale with its input.");
}

} // namespace

Equalization equalize(std::vector<EqualizedLayer> layers, const EqualizationOptions& options,
                      std::stop_token stop)
{
    for (std::size_t i = 0; i < layers.size(); ++i)
        requireLayer(layers[i], i);
    Equalization result;
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
        requirePair(layers[i], layers[i + 1], i);
        result.factors.emplace_back(layers[i].outputs, 1.0f);
    }
    result.layers = std::move(layers);
    while (result.iterations < options.maxIterations) {
        ++result.iterations;
        result.change = 0;
        for (std::size_t i = 0; i < result.factors.size(); ++i) {
            throwIfStopped(stop);
            const std::vector<float> factors = factorsBetween(result.layers[i], result.layers[i + 1]);
            apply(factors, result.layers[i], result.layers[i + 1]);
            for (std::size_t c = 0; c < factors.size(); ++c) {
                result.factors[i][c] *= factors[c];
                result.change = std::max(result.change, std::abs(static_cast<double>(factors[c]) - 1));
            }
        }
        if (result.change <= options.threshold)
            break;
    }
    return result;
}

} // namespace quantoscope
