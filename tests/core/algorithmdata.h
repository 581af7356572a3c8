// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Layers and inputs for the tests of the algorithms, and the output error straight from the samples, in double.

#include "core/quant/algorithms/algorithmresult.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/tensor/channelmajor.h"
#include "tests/support/reference.h"

#include <cmath>
#include <memory>
#include <random>

namespace quantoscope::testdata {

inline ChannelMajor layerOf(std::vector<float> values, std::size_t channels)
{
    const auto owner = std::make_shared<const std::vector<float>>(std::move(values));
    return {*owner, channels, channels == 0 ? 0 : owner->size() / channels, 0, owner};
}

inline ChannelMajor gaussLayer(std::size_t outputs, std::size_t features, unsigned seed)
{
    return layerOf(reference::gauss(outputs * features, seed, 0.05f), outputs);
}

struct Samples
{
    std::vector<float> values;
    std::size_t samples = 0;
    std::size_t features = 0;
    LayerInputs inputs() const { return {values, samples, features}; }
};

/// Features that share `factors` hidden causes, with noise, and magnitudes spread log-normally over the columns: what
/// follows a ReLU when `rectified`.
inline Samples correlatedSamples(std::size_t samples, std::size_t features, unsigned seed,
                                 std::size_t factors = 0, bool rectified = false)
{
    if (factors == 0)
        factors = std::max<std::size_t>(1, features / 4);
    const std::vector<float> hidden = reference::gauss(samples * factors, seed);
    const std::vector<float> mixing =
        reference::gauss(factors * features, seed + 1, 1 / std::sqrt(float(factors)));
    const std::vector<float> noise = reference::gauss(samples * features, seed + 2, 0.3f);
    const std::vector<float> logSizes = reference::gauss(features, seed + 3, 0.7f);
    Samples result{noise, samples, features};
    for (std::size_t s = 0; s < samples; ++s)
        for (std::size_t j = 0; j < features; ++j) {
            float& x = result.values[s * features + j];
            for (std::size_t f = 0; f < factors; ++f)
                x += hidden[s * factors + f] * mixing[f * features + j];
            x *= std::exp(logSizes[j]);
            if (rectified)
                x = std::max(x, 0.0f);
        }
    return result;
}

/// x̂ from the stored codes, or by rounding where there are none.
inline std::vector<float> valuesOf(const ChannelMajor& weights, const ParamSets& params)
{
    std::vector<float> values;
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
        std::size_t set = 0;
        while (set + 1 < params.layout.count() && params.layout.begin(set + 1) <= i)
            ++set;
        const SetParams& own = params.sets[set];
        const int q = params.coded ? params.coded->codes[i] + params.codes.min
                                   : quantizeOne(params.scheme, own, params.codes, weights.values[i]);
        float value = levelValue(own, q);
        if (params.coded && !params.coded->columnFactors.empty())
            value /= params.coded->columnFactors[i % weights.perChannel];
        values.push_back(value);
    }
    return values;
}

/// Mean over the samples of the squared output error of one output.
inline double rowError(const ChannelMajor& weights, const std::vector<float>& values, const Samples& samples,
                       std::size_t row)
{
    double sum = 0;
    for (std::size_t s = 0; s < samples.samples; ++s) {
        double error = 0;
        for (std::size_t j = 0; j < weights.perChannel; ++j) {
            const std::size_t i = row * weights.perChannel + j;
            error += (double(values[i]) - double(weights.values[i]))
                     * double(samples.values[s * samples.features + j]);
        }
        sum += error * error;
    }
    return sum / double(samples.samples);
}

inline std::vector<double> rowErrorsOf(const ChannelMajor& weights, const std::vector<float>& values,
                                       const Samples& samples)
{
    std::vector<double> errors;
    for (std::size_t row = 0; row < weights.channels; ++row)
        errors.push_back(rowError(weights, values, samples, row));
    return errors;
}

inline double sumOf(const std::vector<double>& values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum;
}

} // namespace quantoscope::testdata
