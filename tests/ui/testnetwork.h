// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <cmath>
#include <limits>
#include <memory>

namespace quantoscope::testing {

/// Deterministic values in a bell shape, without <random>: sums of a linear congruential sequence.
inline std::vector<float> bellValues(std::size_t count, std::uint32_t seed = 1)
{
    std::vector<float> values(count);
    std::uint32_t state = seed * 2654435761u + 1;
    for (float& value : values) {
        float sum = 0;
        for (int i = 0; i < 6; ++i) {
            state = state * 1664525u + 1013904223u;
            sum += static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
        }
        value = sum;
    }
    return values;
}

inline void addLayer(Network& network, std::string name, LayerKind kind, Shape shape,
                     std::vector<float> values)
{
    const auto index = static_cast<std::uint32_t>(network.layers.size());
    Weight weight;
    weight.name = name + ".weight";
    weight.data = tensorFromFloats(std::move(shape), std::move(values));
    network.parameters += weight.data.size();
    network.weights.push_back(std::move(weight));
    Layer layer;
    layer.id = {index};
    layer.name = std::move(name);
    layer.kind = kind;
    layer.weight = {index};
    network.layers.push_back(std::move(layer));
}

/// Five layers: plain, one with an outlier (the worst), all zero (no SQNR), constant, and one with NaN and Inf.
inline std::shared_ptr<const Network> smallNetwork()
{
    auto network = std::make_shared<Network>();
    network->format = "synth";
    network->path = "small.npz";
    addLayer(*network, "conv1", LayerKind::Conv, {8, 3, 3, 3}, bellValues(216));
    auto uneven = bellValues(512, 2);
    uneven[100] = 40;
    addLayer(*network, "uneven", LayerKind::Gemm, {16, 32}, std::move(uneven));
    addLayer(*network, "zeros", LayerKind::Gemm, {4, 4}, std::vector<float>(16, 0.0f));
    addLayer(*network, "constant", LayerKind::MatMul, {4, 4}, std::vector<float>(16, 0.5f));
    auto broken = bellValues(64, 3);
    broken[3] = std::numeric_limits<float>::quiet_NaN();
    broken[9] = std::numeric_limits<float>::infinity();
    addLayer(*network, "broken", LayerKind::Conv, {4, 16}, std::move(broken));
    return network;
}

inline std::shared_ptr<const Network> oneLayer(std::vector<float> values, Shape shape)
{
    auto network = std::make_shared<Network>();
    network->format = "npy";
    network->path = "one.npy";
    addLayer(*network, "one", LayerKind::Array, std::move(shape), std::move(values));
    return network;
}

} // namespace quantoscope::testing
