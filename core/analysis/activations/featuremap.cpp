// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/activations/featuremap.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Raises largest[j] to the largest |w| that meets feature j.
void raiseWeights(const Weight& weight, std::size_t axis, std::vector<float>& largest)
{
    const Shape& shape = weight.data.shape;
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < shape.size(); ++i)
        inner *= static_cast<std::size_t>(shape[i]);
    const FloatArray values = valuesOf(weight);
    for (std::size_t i = 0; i < values.values.size(); ++i) {
        const float w = std::abs(values.values[i]);
        float& top = largest[i / inner % largest.size()];
        if (w > top && std::isfinite(w))
            top = w;
    }
}

bool readsRows(const RunModel& model, const Layer& layer, const ProductInput& input)
{
    if (layer.kind != LayerKind::MatMul && layer.kind != LayerKind::Gemm)
        return false;
    if (std::none_of(layer.uses.begin(), layer.uses.end(),
                     [&](const WeightUseNode& use) { return use.input == input.value; }))
        return false;
    const LayerInput read = layerInputOf(model, layer);
    return std::any_of(read.inputs.begin(), read.inputs.end(), [&](const ProductInput& other) {
        return other.value == input.value && other.axisFromEnd == 1 && other.features == input.features;
    });
}

} // namespace

std::vector<float> smoothingFactors(const RunModel& model, const ProductInput& input,
                                    const std::vector<float>& magnitudes, double alpha)
{
    std::vector<float> weights(magnitudes.size());
    for (const Layer& layer : model.network->layers) {
        const Weight& weight = model.network->weightOf(layer);
        if (readsRows(model, layer, input))
            raiseWeights(weight, featureAxisOfWeight(layer, weight.data.shape), weights);
    }
    std::vector<float> factors;
    for (std::size_t j = 0; j < magnitudes.size(); ++j) {
        const double s = std::pow(double(magnitudes[j]), alpha) / std::pow(double(weights[j]), 1 - alpha);
        const bool both = magnitudes[j] > 0 && weights[j] > 0;
        factors.push_back(both ? static_cast<float>(std::clamp(s, 1e-5, 1e5)) : 1.0f);
    }
    return factors;
}

FeatureMap featureMap(std::span<const float> values, std::size_t channels, const std::vector<float>& factors,
                      std::size_t most)
{
    FeatureMap map;
    map.channels = channels;
    map.tokens = values.size() / channels;
    map.tokensPerRow = (map.tokens + most - 1) / most;
    map.channelsPerColumn = (channels + most - 1) / most;
    map.rows = map.tokens == 0 ? 0 : (map.tokens + map.tokensPerRow - 1) / map.tokensPerRow;
    map.columns = (channels + map.channelsPerColumn - 1) / map.channelsPerColumn;
    map.before.resize(map.rows * map.columns);
    map.after.resize(map.before.size());
    for (std::size_t i = 0; i < map.tokens * channels; ++i) {
        const float x = std::abs(values[i]);
        if (!std::isfinite(x))
            continue;
        const std::size_t channel = i % channels;
        const float divided = x / factors[channel];
        const std::size_t cell =
            i / channels / map.tokensPerRow * map.columns + channel / map.channelsPerColumn;
        map.before[cell] = std::max(map.before[cell], x);
        map.after[cell] = std::max(map.after[cell], divided);
        map.maxBefore = std::max(map.maxBefore, x);
        map.maxAfter = std::max(map.maxAfter, divided);
    }
    return map;
}

} // namespace quantoscope
