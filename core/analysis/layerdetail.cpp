// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"

#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// All sets at once, in code coordinates.
void describeAllSets(LayerData& data, const DetailRequest& request, std::stop_token stop, LayerDetail& detail)
{
    const ParamSets& params = *detail.report.params;
    const ChannelMajor& values = data.arranged(request.scheme);
    Scheme byExtremes = request.scheme;
    byExtremes.range = {};
    std::vector<Interval> own(params.sets.size());
    if (request.scheme.format == Format::Binary) { // its range is mean |x|, not the extremes
        for (std::size_t i = 0; i < own.size(); ++i) {
            const Extremes e = extremes(values.values.subspan(params.layout.begin(i), params.layout.size(i)));
            own[i] = {e.min, e.max};
        }
    } else {
        own = estimateRanges(values, byExtremes, stop);
    }
    detail.normalized = true;
    detail.data = codeExtent(params, own);
    const double lo = std::min<double>(detail.data.lo, params.codes.min - 0.5);
    const double hi = std::max<double>(detail.data.hi, params.codes.max + 0.5);
    detail.histogram = codeHistogram(values, params, lo, hi, request.bins, stop);
    detail.grid.scale = 1;
    detail.grid.zeroPoint = 0;
    detail.grid.range = {static_cast<float>(params.codes.min), static_cast<float>(params.codes.max)};
}

void describeOneSet(LayerData& data, const DetailRequest& request, LayerDetail& detail)
{
    const ParamSets& params = *detail.report.params;
    if (!detail.set) {
        const Extremes range = data.valueExtremes();
        detail.grid = params.sets.front();
        detail.data = {range.min, range.max};
        detail.histogram = data.valueHistogram(request.bins);
        return;
    }
    const auto shown = data.arranged(request.scheme)
                           .values.subspan(params.layout.begin(*detail.set), params.layout.size(*detail.set));
    const Extremes range = extremes(shown);
    const Interval axis = histogramAxis(range);
    detail.grid = params.sets[*detail.set];
    detail.data = {range.min, range.max};
    detail.histogram = histogram(shown, axis.lo, axis.hi, request.bins);
}

} // namespace

Interval histogramAxis(const Extremes& extremes)
{
    if (extremes.min < extremes.max)
        return {extremes.min, extremes.max};
    using Limits = std::numeric_limits<float>;
    const float at = extremes.min;
    const float margin = at == 0 ? 1.0f : std::max(std::abs(at) / 2, Limits::min());
    return {std::max(at - margin, Limits::lowest()), std::min(at + margin, Limits::max())};
}

LayerDetail layerDetail(LayerData& data, const DetailRequest& request, std::stop_token stop)
{
    LayerDetail detail;
    detail.report = data.report(request.scheme, stop);
    detail.shown = detail.report.metrics;
    const bool oneSet = detail.report.params->sets.size() == 1;
    if (request.set && !oneSet) {
        detail.set = request.set;
        detail.shown = data.setMetrics(request.scheme, *request.set, stop);
    }
    if (oneSet || request.set)
        describeOneSet(data, request, detail);
    else
        describeAllSets(data, request, stop, detail);
    throwIfStopped(stop);
    return detail;
}

} // namespace quantoscope
