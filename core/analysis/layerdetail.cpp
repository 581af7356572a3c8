// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/layeranalysis.h"

#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Smallest and largest finite value of every set.
std::vector<Interval> setExtremes(const ChannelMajor& values, const SetLayout& layout,
                                  const std::stop_token& stop)
{
    const std::size_t perChannel = layout.perChannelSets();
    std::vector<Interval> own(layout.count());
    parallelFor(
        layout.channels,
        [&](std::size_t channel) {
            std::vector<Extremes> found(perChannel);
            extremesOfRuns(values.values.subspan(channel * layout.perChannel, layout.perChannel),
                           layout.length, found);
            std::transform(found.begin(), found.end(),
                           own.begin() + static_cast<std::ptrdiff_t>(channel * perChannel),
                           [](const Extremes& e) {
                               return Interval{e.min, e.max};
                           });
        },
        stop);
    return own;
}

/// All sets at once, in code coordinates.
void describeAllSets(LayerData& data, const DetailRequest& request, std::stop_token stop, LayerDetail& detail)
{
    const ParamSets& params = *detail.report.params;
    const ChannelMajor& values = data.arranged(request.scheme);
    detail.normalized = true;
    detail.grid = commonGrid(params);
    detail.data = codeExtent(params, setExtremes(values, params.layout, stop));
    const Interval ends = detail.grid.ends();
    // Half a code of air beyond the outermost; tables have steps of any size.
    const double air = detail.grid.isUniform() ? 0.5 : 0.02 * static_cast<double>(ends.hi - ends.lo);
    const double lo = std::min<double>(detail.data.lo, static_cast<double>(ends.lo) - air);
    const double hi = std::max<double>(detail.data.hi, static_cast<double>(ends.hi) + air);
    detail.histogram = codeHistogram(values, params, lo, hi, request.bins, stop);
}

/// All sets at once, in their own values.
void describeInValues(LayerData& data, const DetailRequest& request, LayerDetail& detail)
{
    const ParamSets& params = *detail.report.params;
    const auto widen = [](Interval& range, float end) {
        range = {std::min(range.lo, end), std::max(range.hi, end)};
    };
    const Interval first = valueEnds(params, 0);
    SetEnds ends{{first.lo, first.lo}, {first.hi, first.hi}};
    for (std::size_t set = 1; set < params.sets.size(); ++set) {
        const Interval own = valueEnds(params, set);
        widen(ends.lower, own.lo);
        widen(ends.upper, own.hi);
    }
    const Extremes range = data.valueExtremes();
    detail.setEnds = ends;
    detail.grid = commonGrid(params);
    detail.grid.table = ValueTable{{}, {ends.lower.lo, ends.upper.hi}};
    detail.data = {range.min, range.max};
    detail.histogram = data.valueHistogram(request.bins);
}

void describeOneSet(LayerData& data, const DetailRequest& request, LayerDetail& detail)
{
    const ParamSets& params = *detail.report.params;
    if (!detail.set) {
        const Extremes range = data.valueExtremes();
        detail.grid = gridOf(params, 0);
        detail.data = {range.min, range.max};
        detail.histogram = data.valueHistogram(request.bins);
        return;
    }
    const auto shown = data.arranged(request.scheme)
                           .values.subspan(params.layout.begin(*detail.set), params.layout.size(*detail.set));
    const Extremes range = extremes(shown);
    const Interval axis = histogramAxis(range);
    detail.grid = gridOf(params, *detail.set);
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
    else if (request.inValues)
        describeInValues(data, request, detail);
    else
        describeAllSets(data, request, stop, detail);
    throwIfStopped(stop);
    return detail;
}

} // namespace quantoscope
