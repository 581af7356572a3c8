// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/valuecharts.h"

#include "ui/charts/valuetexts.h"
#include "ui/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("HistogramChart", text); }

constexpr double sideMargin = 0.04;
constexpr double equalScales = 1e-5; ///< relative difference of scales that counts as none

/// Moves levels on the axis: x = from + factor · (level - from).
struct Stretch
{
    double fixed = 0;
    double factor = 1;
    double of(double level) const { return fixed + factor * (level - fixed); }
};

ChartLevels levelsOf(const LevelGrid& grid, const Stretch& stretch)
{
    ChartLevels levels;
    if (grid.isUniform()) {
        double first = stretch.of(static_cast<double>(grid.valueOf(grid.codes.min)));
        double last = stretch.of(static_cast<double>(grid.valueOf(grid.codes.max)));
        if (first > last)
            std::swap(first, last);
        levels.count = static_cast<std::size_t>(grid.codes.max - grid.codes.min + 1);
        levels.first = first;
        levels.step = levels.count > 1 ? (last - first) / static_cast<double>(levels.count - 1) : 0;
        return levels;
    }
    for (const float value : grid.values())
        levels.values.push_back(stretch.of(static_cast<double>(value)));
    return levels;
}

/// How the levels of B lie on A's axis; nothing where its sets lie differently each.
std::optional<Stretch> stretchOf(const LayerPicture& a, const LayerPicture& b)
{
    if (!hasLevels(a) || !hasLevels(b) || a.detail.set != b.detail.set
        || a.detail.normalized != b.detail.normalized)
        return std::nullopt;
    if (!a.detail.normalized)
        return Stretch{};
    const ParamSets& own = *a.detail.report.params;
    const ParamSets& other = *b.detail.report.params;
    if (own.layout != other.layout || own.sets.empty())
        return std::nullopt;
    const double factor =
        static_cast<double>(other.sets.front().scale) / static_cast<double>(own.sets.front().scale);
    for (std::size_t set = 0; set < own.sets.size(); ++set) {
        const SetParams& p = own.sets[set];
        const SetParams& q = other.sets[set];
        if (p.zeroPoint != 0 || q.zeroPoint != 0 || p.offset != 0 || q.offset != 0)
            return std::nullopt;
        const double here = static_cast<double>(q.scale) / static_cast<double>(p.scale);
        if (!(std::abs(here - factor) <= equalScales * std::abs(factor)))
            return std::nullopt;
    }
    return Stretch{0, factor};
}

ChartSeries countsOf(const Histogram& histogram)
{
    ChartSeries counts;
    counts.name = tr("values");
    counts.shape = SeriesShape::Steps;
    counts.ink = Ink::Data;
    counts.fill = Fill::Tint;
    counts.thin = true;
    const std::size_t bins = histogram.counts.size();
    counts.x.reserve(bins + 2);
    counts.y.reserve(bins + 2);
    const auto add = [&](double x, double y) {
        counts.x.push_back(x);
        counts.y.push_back(y);
    };
    add(histogram.lo - histogram.binWidth() / 2, 0);
    for (std::size_t bin = 0; bin < bins; ++bin)
        add(histogram.binCentre(bin), static_cast<double>(histogram.counts[bin]));
    add(histogram.hi + histogram.binWidth() / 2, 0);
    return counts;
}

void setAxes(ChartPanel& panel, const LayerPicture& picture)
{
    panel.x.title = valueAxisLabel(picture);
    panel.y.title = tr("values per bin");
    panel.y.log = panel.y.canLog = true;
    auto [lo, hi] = shownSpan(picture);
    // In units of the scale the bins reach half a code beyond all that, which is far where levels lie close.
    if (!picture.detail.normalized || picture.detail.grid.isUniform()) {
        lo = std::min(lo, picture.detail.histogram.lo);
        hi = std::max(hi, picture.detail.histogram.hi);
    }
    if (const auto& ends = picture.detail.setEnds) {
        lo = std::min(lo, static_cast<double>(ends->lower.lo));
        hi = std::max(hi, static_cast<double>(ends->upper.hi));
    }
    const double margin = hi > lo ? (hi - lo) * sideMargin : std::max(1.0, std::abs(hi));
    panel.x.lo = lo - margin;
    panel.x.hi = hi + margin;
}

void addZone(ChartPanel& panel, double from, double to, Fill fill, const QString& name)
{
    ChartZone zone;
    zone.from = from;
    zone.to = to;
    zone.fill = fill;
    zone.name = name;
    panel.zones.push_back(zone);
}

void addRule(ChartPanel& panel, double at, Ink ink, const QString& label)
{
    ChartRule rule;
    rule.at = at;
    rule.ink = ink;
    rule.stroke = ink == Ink::SchemeB ? Stroke::Dashed : Stroke::Solid;
    rule.label = label;
    panel.rules.push_back(rule);
}

/// Beyond the outermost level, and where the limits stand.
void addLimits(ChartPanel& panel, const LayerPicture& picture, const ClipLimits& limits, double low,
               double high)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const ErrorMetrics& metrics = picture.detail.shown;
    addZone(panel, -infinity, low, Fill::Hatch,
            tr("clipped: %1").arg(format::percent(metrics.clippedFraction)));
    addZone(panel, high, infinity, Fill::Hatch, {});
    if (hasFarLevels(picture))
        return;
    addRule(
        panel, limits.lo, Ink::SchemeA,
        tr("%1 · %2 below").arg(format::number(limits.lo), format::percent(metrics.clippedBelowFraction)));
    addRule(
        panel, limits.hi, Ink::SchemeA,
        tr("%1 · %2 above").arg(format::number(limits.hi), format::percent(metrics.clippedAboveFraction)));
}

void addLevels(ChartPanel& panel, const LayerPicture& picture, const HistogramOptions& options)
{
    const Interval ends = shownLevelEnds(picture);
    double low = static_cast<double>(std::min(ends.lo, ends.hi));
    double high = static_cast<double>(std::max(ends.lo, ends.hi));
    Stretch stretch;
    const ClipLimits limits = options.dragged ? *options.dragged : clipLimits(picture);
    if (options.dragged && picture.detail.normalized && high > low) {
        stretch.factor = (limits.hi - limits.lo) / (high - low);
        stretch.fixed = stretch.factor == 1 ? 0 : (limits.lo - stretch.factor * low) / (1 - stretch.factor);
        low = limits.lo;
        high = limits.hi;
    }
    panel.levels.push_back(levelsOf(picture.detail.grid, stretch));
    panel.levels.back().name = tr("%1 levels").arg(format::count(picture.detail.shown.levels));
    addLimits(panel, picture, limits, low, high);
}

void addB(ChartPanel& panel, const LayerPicture& picture, const LayerPicture& b)
{
    const auto stretch = stretchOf(picture, b);
    if (!stretch)
        return;
    ChartLevels levels = levelsOf(b.detail.grid, *stretch);
    levels.name = tr("B: %1 levels").arg(format::count(b.detail.shown.levels));
    levels.ink = Ink::SchemeB;
    levels.stroke = Stroke::Dashed;
    if (!hasFarLevels(b)) {
        const Interval ends = shownLevelEnds(b);
        for (const float end : {std::min(ends.lo, ends.hi), std::max(ends.lo, ends.hi)})
            addRule(panel, stretch->of(static_cast<double>(end)), Ink::SchemeB, {});
    }
    panel.levels.push_back(std::move(levels));
}

void addBest(ChartPanel& panel, const LayerPicture& picture, const ClipRatio& best)
{
    const auto limits = limitsAt(picture, best);
    if (!limits || best.wanted == best.present)
        return;
    for (const double at : {limits->lo, limits->hi}) {
        addRule(panel, at, Ink::Ok, tr("best %1").arg(format::number(at)));
        panel.rules.back().stroke = Stroke::Dotted;
    }
}

/// All values, and from where to where the limits of the sets reach.
void addBands(ChartPanel& panel, const SetEnds& ends)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto value = [](float x) { return static_cast<double>(x); };
    addZone(panel, value(ends.lower.lo), value(ends.lower.hi), Fill::Tint, tr("limits of the sets"));
    addZone(panel, value(ends.upper.lo), value(ends.upper.hi), Fill::Tint, {});
    addZone(panel, -infinity, value(ends.lower.lo), Fill::Hatch, tr("beyond every set"));
    addZone(panel, value(ends.upper.hi), infinity, Fill::Hatch, {});
    addRule(panel, value(ends.lower.lo), Ink::SchemeA,
            tr("widest %1").arg(format::number(value(ends.lower.lo))));
    addRule(panel, value(ends.upper.lo), Ink::SchemeA,
            tr("narrowest %1").arg(format::number(value(ends.upper.lo))));
    addRule(panel, value(ends.upper.hi), Ink::SchemeA,
            tr("widest %1").arg(format::number(value(ends.upper.hi))));
    addRule(panel, value(ends.lower.hi), Ink::SchemeA,
            tr("narrowest %1").arg(format::number(value(ends.lower.hi))));
}

} // namespace

Chart histogramChart(const LayerPicture& picture, const HistogramOptions& options)
{
    Chart chart;
    chart.kind = "histogram";
    chart.title = histogramTitle(picture);
    chart.xKey = "x";
    if (picture.detail.shown.elements == 0) {
        chart.message = tr("No finite value to show");
        return chart;
    }
    chart.caption =
        picture.detail.normalized
            ? tr("Counts of values divided by the scale of their own channel or group. Hatched: beyond "
                 "the outermost level.")
            : tr("Counts of values in equal bins. Hatched: beyond the outermost level.");
    ChartPanel panel;
    setAxes(panel, picture);
    panel.series.push_back(countsOf(picture.detail.histogram));
    if (picture.detail.setEnds)
        addBands(panel, *picture.detail.setEnds);
    else if (hasLevels(picture))
        addLevels(panel, picture, options);
    if (options.best)
        addBest(panel, picture, *options.best);
    if (options.b && !options.dragged)
        addB(panel, picture, *options.b);
    chart.panels.push_back(std::move(panel));
    const Histogram& histogram = picture.detail.histogram;
    for (std::size_t bin = 0; options.rows && bin < histogram.counts.size(); ++bin)
        chart.rows.push_back(
            {{"x", jsonNumber(histogram.binCentre(bin))},
             {"from", jsonNumber(histogram.lo + static_cast<double>(bin) * histogram.binWidth())},
             {"to", jsonNumber(histogram.lo + static_cast<double>(bin + 1) * histogram.binWidth())},
             {"count", histogram.counts[bin]}});
    return chart;
}

} // namespace quantoscope
