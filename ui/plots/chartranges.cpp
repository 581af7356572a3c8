// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartranges.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr double farAway = 20000; ///< pixels
constexpr double room = 0.04;     ///< of the data, on both sides
constexpr double inf = std::numeric_limits<double>::infinity();

/// The extent of what is added; `positive` for log axes.
struct Extent
{
    double lo = inf, hi = -inf, positive = inf;
    bool base = false; ///< an end is the base of bars: no room beyond it

    void add(double value)
    {
        if (!std::isfinite(value))
            return;
        lo = std::min(lo, value);
        hi = std::max(hi, value);
        if (value > 0)
            positive = std::min(positive, value);
    }
    void add(const std::vector<double>& values)
    {
        for (const double value : values)
            add(value);
    }
    bool isEmpty() const { return lo > hi; }
};

void addX(Extent& extent, const ChartSeries& series)
{
    if (series.shape == SeriesShape::Bars) {
        for (const double at : series.x) {
            extent.add(at - series.width / 2);
            extent.add(at + series.width / 2);
        }
        return;
    }
    extent.add(series.x);
    extent.add(series.x2);
}

void addY(Extent& extent, const ChartSeries& series)
{
    if (series.shape == SeriesShape::Spans) {
        for (const double at : series.y) {
            extent.add(at - series.width / 2);
            extent.add(at + series.width / 2);
        }
        return;
    }
    extent.add(series.y);
    extent.add(series.y2);
    const bool bars = series.shape == SeriesShape::Bars;
    const bool filled = series.fill != Fill::None && series.shape != SeriesShape::Band;
    if ((bars && series.y2.empty()) || filled) {
        extent.add(0);
        extent.base = true;
    }
}

AxisRange logRange(const Extent& extent)
{
    if (extent.positive > extent.hi)
        return {0.1, 10};
    // Counts start at one: half a count shows them, and where zero lies.
    const double lo = extent.base && extent.positive >= 1 ? 0.5 : extent.positive / 1.3;
    return {lo, std::max(extent.hi * 1.5, lo * 2)};
}

AxisRange linearRange(const Extent& extent)
{
    if (extent.isEmpty())
        return {0, 1};
    double size = extent.hi - extent.lo;
    if (!(size > 0))
        size = std::max(std::abs(extent.hi), 1e-30);
    const double margin = size * (extent.hi > extent.lo ? room : 0.5);
    AxisRange range{extent.lo - margin, extent.hi + margin};
    if (extent.base && extent.lo == 0)
        range.lo = 0;
    if (extent.base && extent.hi == 0)
        range.hi = 0;
    return range;
}

AxisRange rangeOf(const ChartAxis& axis, const Extent& extent, bool log)
{
    AxisRange range = log ? logRange(extent) : linearRange(extent);
    if (std::isfinite(axis.lo) && (!log || axis.lo > 0))
        range.lo = axis.lo;
    if (std::isfinite(axis.hi) && (!log || axis.hi > 0))
        range.hi = axis.hi;
    if (!(range.hi > range.lo))
        range.hi = log ? range.lo * 10 : range.lo + 1;
    return range;
}

} // namespace

double AxisMap::pixel(double value) const
{
    double t = 0;
    if (!log)
        t = (value - lo) / (hi - lo);
    else if (value > 0)
        t = std::log(value / lo) / std::log(hi / lo);
    else if (!std::isnan(value))
        t = -inf;
    else
        t = value;
    const double at = from + t * (to - from);
    return std::isnan(at) ? at : std::clamp(at, std::min(from, to) - farAway, std::max(from, to) + farAway);
}

double AxisMap::value(double pixel) const
{
    const double t = (pixel - from) / (to - from);
    return log ? lo * std::pow(hi / lo, t) : lo + t * (hi - lo);
}

PanelRanges fittedRanges(const ChartPanel& panel, bool logX, bool logY)
{
    Extent x;
    Extent y;
    for (const ChartSeries& series : panel.series) {
        addX(x, series);
        addY(y, series);
    }
    for (const ChartImage& image : panel.images) {
        for (const double edge : {image.left, image.right})
            x.add(edge);
        for (const double edge : {image.top, image.bottom})
            y.add(edge);
    }
    // Levels and rules show themselves only where there is nothing else to see.
    const bool noX = x.isEmpty();
    const bool noY = y.isEmpty();
    for (const ChartLevels& levels : panel.levels) {
        if (!noX)
            break;
        x.add(levels.values);
        if (levels.values.empty() && levels.count > 0) {
            x.add(levels.first);
            x.add(levels.first + levels.step * double(levels.count - 1));
        }
    }
    for (const ChartRule& rule : panel.rules)
        if (rule.orientation == Qt::Vertical ? noX : noY)
            (rule.orientation == Qt::Vertical ? x : y).add(rule.at);
    PanelRanges ranges{rangeOf(panel.x, x, logX), rangeOf(panel.y, y, logY)};
    if (!panel.images.empty() && panel.series.empty()) {
        // Cells reach to the frame.
        if (!std::isfinite(panel.x.lo) && !std::isfinite(panel.x.hi) && !logX && x.hi > x.lo)
            ranges.x = {x.lo, x.hi};
        if (!std::isfinite(panel.y.lo) && !std::isfinite(panel.y.hi) && !logY && y.hi > y.lo)
            ranges.y = {y.lo, y.hi};
    }
    return ranges;
}

std::pair<std::size_t, std::size_t> visiblePoints(const std::vector<double>& x, double lo, double hi)
{
    const auto first = std::lower_bound(x.begin(), x.end(), lo);
    const auto last = std::upper_bound(first, x.end(), hi);
    // One more on both sides: lines come from there.
    const auto from = static_cast<std::size_t>(first - x.begin());
    const auto to = static_cast<std::size_t>(last - x.begin());
    return {from > 0 ? from - 1 : 0, std::min(to + 1, x.size())};
}

} // namespace quantoscope
