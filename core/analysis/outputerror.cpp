// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/outputerror.h"

#include "core/analysis/layeranalysis.h"
#include "core/quant/algorithms/densealgebra.h"
#include "core/quant/formats.h"
#include "core/support/error.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace quantoscope {

namespace {

/// Rows of a and b side by side.
std::vector<float> beside(std::span<const float> a, std::span<const float> b, std::size_t columns)
{
    std::vector<float> both;
    both.reserve(a.size() + b.size());
    for (std::size_t at = 0; at < a.size(); at += columns) {
        both.insert(both.end(), a.begin() + static_cast<std::ptrdiff_t>(at),
                    a.begin() + static_cast<std::ptrdiff_t>(at + columns));
        both.insert(both.end(), b.begin() + static_cast<std::ptrdiff_t>(at),
                    b.begin() + static_cast<std::ptrdiff_t>(at + columns));
    }
    return both;
}

double power(std::span<const float> rows, const Gram& gram, const std::stop_token& stop)
{
    const std::vector<double> errors = rowErrors(rows, gram, stop);
    return std::accumulate(errors.begin(), errors.end(), 0.0);
}

struct QuantizedInputs
{
    std::vector<float> values;
    ErrorMetrics metrics;
};

QuantizedInputs quantizeInputs(const LayerInputs& inputs, const ActivationScheme& act,
                               const std::stop_token& stop)
{
    Scheme scheme = schemeOf(act);
    if (scheme.range.kind == RangeRule::Kind::Dynamic) { // each sample is a call of its own
        scheme.range = {};
        if (infoOf(scheme.format).family != Family::Blocks)
            scheme.granularity = {Granularity::Kind::Channel, 0, 0};
    }
    LayerData data({inputs.values, nullptr},
                   {static_cast<std::int64_t>(inputs.samples), static_cast<std::int64_t>(inputs.features)},
                   0);
    LayerReport report;
    try {
        report = data.report(scheme, stop);
    } catch (const Error& error) {
        throw Error(error.code(), "Activations: " + std::string(error.what()));
    }
    return {quantize(data.arranged(scheme), *report.params).values, report.metrics};
}

} // namespace

OutputError outputError(const ChannelMajor& weights, std::span<const float> quantized, const Scheme& scheme,
                        const LayerInputs& inputs, std::stop_token stop)
{
    requireInputs(inputs, weights.perChannel, 1);
    const std::size_t columns = weights.perChannel;
    std::vector<float> plain(weights.values.size());
    std::vector<float> difference(plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const bool finite = std::isfinite(weights.values[i]);
        plain[i] = finite ? weights.values[i] : 0.0f;
        difference[i] = finite ? quantized[i] - weights.values[i] : 0.0f;
    }
    OutputError result;
    result.samples = inputs.samples;
    const Gram gram = gramOf(inputs, stop);
    result.signal = power(plain, gram, stop);
    if (!scheme.act) {
        result.noise = power(difference, gram, stop);
    } else {
        QuantizedInputs given = quantizeInputs(inputs, *scheme.act, stop);
        std::vector<float> error(given.values.size());
        for (std::size_t i = 0; i < error.size(); ++i)
            error[i] = given.values[i] - inputs.values[i];
        const std::vector<float> both = beside(given.values, error, columns);
        const Gram moments = gramOf({both, inputs.samples, 2 * columns}, stop);
        result.noise = power(beside(difference, plain, columns), moments, stop);
        result.act = given.metrics;
    }
    const bool overflow = !std::isfinite(result.signal) || !std::isfinite(result.noise);
    result.sqnrReason = overflow               ? "beyond float32"
                        : !(result.signal > 0) ? "zero signal"
                        : !(result.noise > 0)  ? "exact"
                                               : "";
    result.localSqnrDb = result.sqnrReason.empty() ? 10 * std::log10(result.signal / result.noise)
                                                   : std::numeric_limits<double>::quiet_NaN();
    return result;
}

} // namespace quantoscope
