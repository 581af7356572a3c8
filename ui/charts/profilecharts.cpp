// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/valuecharts.h"

#include "ui/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ProfileChart", text); }

constexpr double none = std::numeric_limits<double>::quiet_NaN();

ChartSeries series(const QString& name, SeriesShape shape, Ink ink)
{
    ChartSeries result;
    result.name = name;
    result.shape = shape;
    result.ink = ink;
    return result;
}

ChartRule rule(double at, Qt::Orientation orientation, const QString& label)
{
    ChartRule result;
    result.at = at;
    result.orientation = orientation;
    result.ink = Ink::Muted;
    result.stroke = Stroke::Dashed;
    result.label = label;
    return result;
}

} // namespace

Chart errorOverMagnitudeChart(const ProfilePicture& picture)
{
    const ErrorProfile& profile = picture.profile;
    Chart chart;
    chart.kind = "error-magnitude";
    chart.title = tr("Error against |x|");
    chart.xKey = "magnitude";
    chart.caption = tr("Mean and largest |e| = |Q(x) − x| of the values whose magnitude falls into a bin.");
    if (profile.elements == 0 || profile.largest == 0) {
        chart.message = tr("No value that is not 0");
        return chart;
    }
    ChartPanel panel;
    panel.x.title = tr("|x|");
    panel.x.lo = 0;
    panel.x.hi = profile.largest * 1.02;
    panel.y.title = tr("|e|");
    panel.y.canLog = true;
    ChartSeries mean = series(tr("mean"), SeriesShape::Steps, Ink::SchemeA);
    mean.fill = Fill::Tint;
    ChartSeries most = series(tr("largest"), SeriesShape::Steps, Ink::Text);
    most.thin = true;
    for (std::size_t i = 0; i < profile.magnitudes.size(); ++i) {
        const MagnitudeBin& bin = profile.magnitudes[i];
        const double x = profile.magnitudeOf(i);
        for (ChartSeries* one : {&mean, &most})
            one->x.push_back(x);
        mean.y.push_back(bin.count > 0 ? bin.meanError : none);
        most.y.push_back(bin.count > 0 ? bin.maxError : none);
        chart.rows.push_back({{"magnitude", x},
                              {"count", bin.count},
                              {"meanAbsError", bin.count > 0 ? Json(bin.meanError) : Json()},
                              {"maxAbsError", bin.count > 0 ? Json(bin.maxError) : Json()}});
    }
    panel.series = {std::move(mean), std::move(most)};
    if (picture.step)
        panel.rules.push_back(rule(*picture.step / 2, Qt::Horizontal, tr("half a step")));
    chart.panels.push_back(std::move(panel));
    return chart;
}

Chart stepErrorChart(const ProfilePicture& picture)
{
    const ErrorProfile& profile = picture.profile;
    Chart chart;
    chart.kind = "step-error";
    chart.title = tr("Error within a step");
    chart.xKey = "steps";
    chart.caption =
        tr("Counts of e/s, s the scale of each value's own set, of the values that are not clipped. Rounding "
           "to nearest at a high resolution fills −½ … ½ evenly.");
    if (profile.steps.empty()) {
        chart.message = tr("The levels of this format are not evenly spaced: there is no step.");
        return chart;
    }
    ChartPanel panel;
    panel.x.title = tr("e / s");
    panel.y.title = tr("values per bin");
    panel.y.canLog = true;
    ChartSeries counts =
        series(tr("not clipped: %1")
                   .arg(format::percent(
                       profile.elements > 0 ? double(profile.stepsInside) / double(profile.elements) : 0)),
               SeriesShape::Steps, Ink::SchemeA);
    counts.fill = Fill::Tint;
    counts.thin = true;
    bool beyondHalf = false;
    for (std::size_t i = 0; i < profile.steps.size(); ++i) {
        const double x = profile.stepOf(i);
        beyondHalf = beyondHalf || (std::abs(x) > 0.53 && profile.steps[i] > 0);
        counts.x.push_back(x);
        counts.y.push_back(static_cast<double>(profile.steps[i]));
        chart.rows.push_back({{"steps", x}, {"count", profile.steps[i]}});
    }
    panel.x.lo = beyondHalf ? -1.02 : -0.6;
    panel.x.hi = -panel.x.lo;
    panel.series.push_back(std::move(counts));
    for (const double half : {-0.5, 0.5})
        panel.rules.push_back(rule(half, Qt::Vertical, half < 0 ? tr("−½") : tr("½")));
    chart.panels.push_back(std::move(panel));
    return chart;
}

Chart occupancyChart(const ProfilePicture& picture)
{
    const ErrorProfile& profile = picture.profile;
    Chart chart;
    chart.kind = "occupancy";
    chart.title = tr("Use of the codes");
    chart.xKey = "code";
    chart.caption = tr("How many values take each code, over all sets.");
    if (profile.levels.empty()) {
        chart.message = tr("Every set has levels of its own, or there are too many to count.");
        return chart;
    }
    ChartPanel panel;
    panel.x.title = tr("code");
    panel.x.integers = true;
    panel.y.title = tr("values");
    panel.y.log = panel.y.canLog = true;
    ChartSeries bars = series({}, SeriesShape::Bars, Ink::SchemeA);
    bars.fill = Fill::Tint;
    std::vector<LevelCount> levels = profile.levels;
    std::sort(levels.begin(), levels.end(),
              [](const LevelCount& a, const LevelCount& b) { return a.code < b.code; });
    std::size_t used = 0;
    for (const LevelCount& level : levels) {
        const double share = static_cast<double>(level.count)
                             / static_cast<double>(std::max<std::uint64_t>(profile.elements, 1));
        used += level.count > 0 ? 1 : 0;
        bars.x.push_back(level.code);
        bars.y.push_back(static_cast<double>(level.count));
        bars.keys.push_back(static_cast<std::size_t>(static_cast<std::int64_t>(level.code)));
        bars.labels << tr("code %1 → %2, %3")
                           .arg(format::integer(level.code), format::number(level.value),
                                format::percent(share));
        chart.rows.push_back({{"code", level.code},
                              {"level", jsonNumber(level.value)},
                              {"count", level.count},
                              {"share", share}});
    }
    bars.name = tr("%1 of %2 levels used").arg(format::count(used), format::count(levels.size()));
    panel.series.push_back(std::move(bars));
    chart.panels.push_back(std::move(panel));
    return chart;
}

} // namespace quantoscope
