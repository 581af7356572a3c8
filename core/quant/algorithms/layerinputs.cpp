// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/layerinputs.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace quantoscope {

namespace {

constexpr std::size_t columnsPerTask = 256;

/// body(sample's values of the columns, first column) for all samples in order, the columns shared out in fixed runs.
template <class Body>
void forColumns(const LayerInputs& inputs, const std::stop_token& stop, Body body)
{
    parallelFor((inputs.features + columnsPerTask - 1) / columnsPerTask,
                [&](std::size_t task) {
                    const std::size_t first = task * columnsPerTask;
                    const std::size_t count = std::min(columnsPerTask, inputs.features - first);
                    for (std::size_t s = 0; s < inputs.samples; ++s)
                        body(inputs.values.subspan(s * inputs.features + first, count), first);
                },
                stop);
}

template <class Value>
std::vector<double> meansOf(const LayerInputs& inputs, const std::stop_token& stop, Value value)
{
    std::vector<double> sums(inputs.features);
    forColumns(inputs, stop, [&](std::span<const float> x, std::size_t first) {
        for (std::size_t i = 0; i < x.size(); ++i)
            sums[first + i] += value(static_cast<double>(x[i]));
    });
    if (inputs.samples > 0)
        for (double& sum : sums)
            sum /= static_cast<double>(inputs.samples);
    return sums;
}

} // namespace

void requireInputs(const LayerInputs& inputs, std::size_t perChannel, std::size_t minSamples)
{
    if (inputs.features != perChannel)
        throw Error(ErrorCode::SchemeMismatch, "The layer inputs have " + std::to_string(inputs.features)
                                                   + " features, but a channel of the weights has "
                                                   + std::to_string(perChannel)
                                                   + " elements: pass one feature for each.");
    if (inputs.values.size() != inputs.samples * inputs.features)
        throw Error(ErrorCode::InvalidArgument, "The layer inputs hold "
                                                    + std::to_string(inputs.values.size()) + " values, not "
                                                    + std::to_string(inputs.samples) + " samples of "
                                                    + std::to_string(inputs.features) + ".");
    if (inputs.samples < minSamples)
        throw Error(ErrorCode::InvalidArgument, "Too few samples: " + std::to_string(inputs.samples)
                                                    + " of the layer's inputs, at least "
                                                    + std::to_string(minSamples) + " are needed.");
    for (std::size_t i = 0; i < inputs.values.size(); ++i)
        if (!std::isfinite(inputs.values[i]))
            throw Error(ErrorCode::InvalidArgument,
                        "The layer inputs hold a value that is not finite: sample "
                            + std::to_string(i / inputs.features) + ", feature "
                            + std::to_string(i % inputs.features) + ".");
}

std::vector<double> columnMeans(const LayerInputs& inputs, std::stop_token stop)
{
    return meansOf(inputs, stop, [](double x) { return x; });
}

std::vector<double> columnMeanMagnitudes(const LayerInputs& inputs, std::stop_token stop)
{
    return meansOf(inputs, stop, [](double x) { return std::abs(x); });
}

std::vector<std::uint8_t> outlierColumns(const LayerInputs& inputs, double threshold)
{
    std::vector<std::uint8_t> found(inputs.features);
    forColumns(inputs, {}, [&](std::span<const float> x, std::size_t first) {
        for (std::size_t i = 0; i < x.size(); ++i)
            if (std::abs(static_cast<double>(x[i])) > threshold)
                found[first + i] = 1;
    });
    return found;
}

} // namespace quantoscope
