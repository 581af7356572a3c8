// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/analyze.h"

#include "core/support/error.h"

#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

LayerReport reportOf(const std::shared_ptr<const Network>& network, LayerId id, const Scheme& scheme,
                     std::stop_token stop)
{
    try {
        return LayerData(network, id).report(scheme, stop);
    } catch (const Error& error) {
        LayerReport report;
        report.layer = id;
        report.scheme = scheme;
        report.issue = error.what();
        return report;
    }
}

} // namespace

const Scheme& schemeFor(const AnalysisSettings& settings, const std::string& layer)
{
    const auto own = settings.overrides.find(layer);
    return own == settings.overrides.end() ? settings.scheme : own->second;
}

AnalysisResult analyze(std::shared_ptr<const Network> network, const AnalysisSettings& settings,
                       std::stop_token stop, const ProgressFn& progress)
{
    AnalysisResult result{network, settings, {}, {}};
    result.layers.reserve(network->layers.size());
    for (const Layer& layer : network->layers) {
        throwIfStopped(stop);
        result.layers.push_back(reportOf(network, layer.id, schemeFor(settings, layer.name), stop));
        if (progress)
            progress(Stage::Analyzing, result.layers.size(), network->layers.size());
    }
    result.totals = totalsOf(result.layers);
    return result;
}

Totals totalsOf(std::span<const LayerReport> reports)
{
    Totals totals;
    double squaredError = 0;
    double squaredValue = 0;
    std::uint64_t elements = 0;
    for (const LayerReport& report : reports) {
        if (!report.params)
            continue;
        totals.params += report.fp32Bytes / sizeof(float);
        totals.bytes += report.bytes;
        totals.fp32Bytes += report.fp32Bytes;
        if (report.metrics.elements == 0)
            continue;
        squaredError += report.sums.squaredError();
        squaredValue += report.sums.squaredValue;
        elements += report.metrics.elements;
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    totals.bitsPerWeight = totals.params == 0
                               ? nan
                               : 8.0 * static_cast<double>(totals.bytes) / static_cast<double>(totals.params);
    totals.mse = elements == 0 ? nan : squaredError / static_cast<double>(elements);
    totals.sqnrDb = squaredError > 0 && squaredValue > 0 ? 10 * std::log10(squaredValue / squaredError) : nan;
    return totals;
}

} // namespace quantoscope
