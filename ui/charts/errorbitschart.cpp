// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/valuecharts.h"

#include "ui/format.h"
#include "ui/models/schemechoices.h"
#include "ui/schemenames.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ErrorBitsChart", text); }

constexpr int widest = 16;

ChartSeries curve(const QString& name, Ink ink, Marker marker, Fill fill)
{
    ChartSeries series;
    series.name = name;
    series.ink = ink;
    series.marker = marker;
    series.fill = fill;
    series.thin = true;
    return series;
}

/// A log axis has no place for zero: the line stops there.
void addPoint(ChartSeries& series, int bits, double mse)
{
    series.x.push_back(bits);
    series.y.push_back(mse > 0 ? mse : std::numeric_limits<double>::quiet_NaN());
    series.keys.push_back(static_cast<std::size_t>(bits));
    series.labels << tr("%1 bit").arg(bits);
}

void addRow(Chart& chart, const SweepPoint& point)
{
    Json row;
    row["bits"] = point.bits;
    row["scheme"] = toText(point.scheme);
    row["mse"] = jsonNumber(point.metrics.mse);
    row["roundingMse"] = jsonNumber(point.metrics.roundingMse);
    row["clippingMse"] = jsonNumber(point.metrics.clippingMse);
    setNumber(row, "sqnrDb", point.metrics.sqnrDb, point.metrics.sqnrReason);
    row["clippedFraction"] = jsonNumber(point.metrics.clippedFraction);
    chart.rows.push_back(std::move(row));
}

/// Clipping by the last bit of a float is true but tiny: it does not get to stretch the axis.
double floorOf(const ChartPanel& panel)
{
    double lowest = std::numeric_limits<double>::infinity();
    for (const ChartSeries& series : panel.series)
        if (series.fill != Fill::Hatch)
            for (const double y : series.y)
                lowest = y > 0 ? std::min(lowest, y) : lowest;
    return std::isfinite(lowest) ? std::pow(10, std::floor(std::log10(lowest)))
                                 : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

Chart errorOverBitsChart(const LayerReport& report, const std::vector<SweepPoint>& sweep,
                         const std::vector<SweepPoint>* sweepB)
{
    Chart chart;
    chart.kind = "error-bits";
    const bool single = !hasWidths(report.scheme.format);
    chart.title = single ? tr("Error against integers") : tr("Error over bits, whole layer");
    chart.caption = tr(
        "Clipping: Σe²/N over the values outside of the levels of their own set; rounding: over the others.");
    chart.xKey = "bits";
    ChartPanel panel;
    panel.x.title = tr("bits per code");
    panel.x.integers = true;
    panel.x.lo = 0.4;
    panel.x.hi = widest + 0.8;
    panel.y.title = tr("mean squared error");
    panel.y.log = panel.y.canLog = true;
    ChartSeries rounding = curve(tr("rounding"), Ink::SchemeA, Marker::Disc, Fill::Tint);
    ChartSeries clipping = curve(tr("clipping"), Ink::SchemeA, Marker::Triangle, Fill::Hatch);
    bool clips = false;
    for (const SweepPoint& point : sweep) {
        if (!point.issue.empty())
            continue;
        addPoint(rounding, point.bits, point.metrics.roundingMse);
        addPoint(clipping, point.bits, point.metrics.clippingMse);
        clips = clips || point.metrics.clippingMse > 0;
        addRow(chart, point);
    }
    if (!clips)
        clipping.name = tr("no clipping");
    panel.series = {std::move(rounding), std::move(clipping)};
    if (sweepB && !sweepB->empty()) {
        ChartSeries other = curve(tr("B: all"), Ink::SchemeB, Marker::Ring, Fill::None);
        other.stroke = Stroke::Dashed;
        for (const SweepPoint& point : *sweepB)
            if (point.issue.empty())
                addPoint(other, point.bits, point.metrics.mse);
        panel.series.push_back(std::move(other));
    }
    if (single && report.params && report.metrics.mse > 0) {
        ChartSeries own = curve(format::levelsName(report.scheme), Ink::SchemeA, Marker::Diamond, Fill::None);
        own.shape = SeriesShape::Points;
        own.x = {double(report.scheme.bits)};
        own.y = {report.metrics.mse};
        own.labels << format::levelsName(report.scheme);
        panel.series.push_back(std::move(own));
    }
    const bool error = std::any_of(panel.series.begin(), panel.series.end(), [](const ChartSeries& series) {
        return std::any_of(series.y.begin(), series.y.end(), [](double y) { return y > 0; });
    });
    if (!error)
        chart.message = sweep.empty() ? tr("Not computed yet") : tr("No error at any width");
    panel.y.lo = floorOf(panel);
    ChartRule present;
    present.at = report.scheme.bits;
    present.ink = Ink::SchemeA;
    present.stroke = Stroke::Dotted;
    present.label = tr("now %1 bit").arg(report.scheme.bits);
    panel.rules.push_back(present);
    chart.panels.push_back(std::move(panel));
    return chart;
}

} // namespace quantoscope
