// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/valuecharts.h"

#include "core/support/error.h"
#include "ui/format.h"
#include "ui/schemenames.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("FormatRulerChart", text); }

constexpr double tick = 0.35;   ///< half the height of a mark
constexpr double width = 0.011; ///< of a mark, on an axis from -1 to 1
constexpr std::size_t mostMarks = 300;

struct Ruler
{
    QString name;
    Ink ink;
    std::vector<double> levels;
};

/// The levels of a format in a set whose largest magnitude is 1.
Ruler rulerOf(const QString& name, Ink ink, const Scheme& scheme)
{
    Ruler ruler{name, ink, {}};
    for (const float value : gridFor(scheme, {-1, 1}).values())
        ruler.levels.push_back(static_cast<double>(value));
    return ruler;
}

/// The present levels against the largest magnitude: what min-max would give where it cannot be told.
Ruler presentRuler(const RulerPicture& picture)
{
    const QString name = tr("A: %1").arg(format::levelsName(picture.scheme));
    try {
        Scheme scheme = picture.scheme;
        scheme.range = {};
        return rulerOf(name, Ink::SchemeA, scheme);
    } catch (const Error&) { // levels from the data: as they are in the set shown
        Ruler ruler{name, Ink::SchemeA, {}};
        const auto values = picture.grid.values();
        float largest = 0;
        for (const float value : values)
            largest = std::max(largest, std::abs(value));
        for (const float value : values)
            ruler.levels.push_back(largest > 0 ? static_cast<double>(value / largest) : 0);
        return ruler;
    }
}

std::vector<Ruler> rulers(const RulerPicture& picture)
{
    return {presentRuler(picture),
            rulerOf(tr("INT4"), Ink::Text, parseScheme("bits=4")),
            rulerOf(tr("NF4"), Ink::Text, parseScheme("format=nf4")),
            rulerOf(tr("FP4 E2M1"), Ink::Text, parseScheme("format=e2m1")),
            rulerOf(tr("MXFP4"), Ink::Text, parseScheme("format=mxfp4")),
            rulerOf(tr("ternary"), Ink::Text, parseScheme("format=ternary"))};
}

ChartPanel densityPanel(const Histogram& density)
{
    ChartPanel panel;
    panel.y.title = tr("values");
    panel.y.canLog = true;
    ChartSeries counts;
    counts.name = tr("values");
    counts.shape = SeriesShape::Steps;
    counts.ink = Ink::Data;
    counts.fill = Fill::Tint;
    counts.thin = true;
    for (std::size_t bin = 0; bin < density.counts.size(); ++bin) {
        counts.x.push_back(density.binCentre(bin));
        counts.y.push_back(static_cast<double>(density.counts[bin]));
    }
    panel.series.push_back(std::move(counts));
    return panel;
}

ChartSeries marksOf(const Ruler& ruler, double y)
{
    ChartSeries marks;
    marks.shape = SeriesShape::Bars;
    marks.ink = ruler.ink;
    marks.width = width;
    for (const double level : ruler.levels) {
        marks.x.push_back(level);
        marks.y.push_back(y + tick);
        marks.y2.push_back(y - tick);
        marks.labels << ruler.name;
    }
    return marks;
}

} // namespace

Chart formatRulerChart(const RulerPicture& picture)
{
    Chart chart;
    chart.kind = "format-ruler";
    chart.title = tr("Format ruler");
    chart.xKey = "level";
    chart.caption =
        tr("Levels of each format in a set whose largest magnitude is 1, under the values divided by the "
           "largest magnitude of their own set. MXFP4: the block's scale is a power of two.");
    if (picture.density.counts.empty()) {
        chart.message = tr("No finite value to show");
        return chart;
    }
    ChartPanel marks;
    marks.row = 1;
    marks.shareXAbove = true;
    marks.stretch = 1.9;
    marks.x.title = tr("value / largest magnitude of its own set");
    const std::vector<Ruler> all = rulers(picture);
    double reach = 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double y = static_cast<double>(all.size() - 1 - i);
        marks.y.ticks.emplace_back(y, all[i].name);
        for (const double level : all[i].levels) {
            reach = std::max(reach, std::abs(level));
            if (all[i].levels.size() <= mostMarks)
                chart.rows.push_back({{"format", all[i].name.toStdString()}, {"level", level}});
        }
        marks.series.push_back(marksOf(all[i], y));
    }
    std::reverse(marks.y.ticks.begin(), marks.y.ticks.end());
    marks.y.lo = -0.6;
    marks.y.hi = static_cast<double>(all.size()) - 0.4;
    chart.panels = {densityPanel(picture.density), std::move(marks)};
    for (ChartPanel& panel : chart.panels) {
        panel.x.lo = -1.04 * std::min(reach, 1.6);
        panel.x.hi = 1.04 * std::min(reach, 1.6);
    }
    chart.panels[0].x.title = chart.panels[1].x.title;
    return chart;
}

} // namespace quantoscope
