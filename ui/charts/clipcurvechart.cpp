// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/valuecharts.h"

#include "ui/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("ClipCurveChart", text); }

/// A log axis has no place for zero.
double positive(double mse) { return mse > 0 ? mse : std::numeric_limits<double>::quiet_NaN(); }

ChartSeries curveOf(const ClipCurve& curve, double ClipPoint::*part)
{
    ChartSeries series;
    for (const ClipPoint& point : curve.points) {
        series.x.push_back(point.ratio);
        series.y.push_back(positive(point.*part));
    }
    return series;
}

void addPresentWidth(ChartPanel& panel, const ClipCurve& curve)
{
    ChartSeries rounding = curveOf(curve, &ClipPoint::roundingMse);
    rounding.name = tr("rounding");
    rounding.ink = Ink::Rounding;
    rounding.fill = Fill::Tint;
    rounding.thin = true;
    ChartSeries clipping = curveOf(curve, &ClipPoint::clippingMse);
    clipping.name = tr("clipping");
    clipping.fill = Fill::Hatch;
    clipping.thin = true;
    ChartSeries total = curveOf(curve, &ClipPoint::mse);
    total.name = tr("both, %1 bit").arg(curve.bits);
    panel.series.insert(panel.series.end(), {rounding, clipping, total});
    const ClipPoint& best = curve.points[curve.best];
    ChartRule rule;
    rule.at = best.ratio;
    rule.ink = Ink::Ok;
    rule.stroke = Stroke::Dashed;
    rule.label = tr("best %1").arg(format::number(best.ratio));
    panel.rules.push_back(rule);
}

void addOtherWidth(ChartPanel& panel, const ClipCurve& curve, std::size_t place)
{
    ChartSeries total = curveOf(curve, &ClipPoint::mse);
    total.ink = static_cast<Ink>(static_cast<int>(Ink::Series1) + static_cast<int>(place % 6));
    total.thin = true;
    panel.series.push_back(std::move(total));
    ChartSeries best;
    best.name = tr("%1 bit").arg(curve.bits);
    best.shape = SeriesShape::Points;
    best.ink = panel.series.back().ink;
    best.marker = static_cast<Marker>(2 + static_cast<int>(place % 6));
    best.x = {curve.points[curve.best].ratio};
    best.y = {positive(curve.points[curve.best].mse)};
    best.labels << tr("best at %1 bit").arg(curve.bits);
    panel.series.push_back(std::move(best));
}

} // namespace

Chart clipCurveChart(const ClipCurves& picture)
{
    Chart chart;
    chart.kind = "clip-curve";
    chart.title = tr("Error over the clip limit");
    chart.xKey = "ratio";
    chart.caption = tr("Every set clipped at ratio · its own minimum and maximum. Clipping: Σe²/N over the "
                       "values outside of "
                       "the levels of their own set; rounding: over the others.");
    ChartPanel panel;
    panel.x.title = picture.sets > 1 ? tr("limit / largest value of each set [ratio]")
                                     : tr("limit / largest value [ratio]");
    panel.x.lo = 0;
    panel.y.title = tr("mean squared error");
    panel.y.log = panel.y.canLog = true;
    std::size_t others = 0;
    double lowest = std::numeric_limits<double>::infinity();
    for (const ClipCurve& curve : picture.curves) {
        if (curve.points.empty())
            continue;
        if (&curve == &picture.curves.front())
            addPresentWidth(panel, curve);
        else
            addOtherWidth(panel, curve, others++);
        for (const ClipPoint& point : curve.points) {
            if (point.mse > 0)
                lowest = std::min(lowest, point.mse);
            chart.rows.push_back({{"bits", curve.bits},
                                  {"ratio", point.ratio},
                                  {"mse", jsonNumber(point.mse)},
                                  {"roundingMse", jsonNumber(point.roundingMse)},
                                  {"clippingMse", jsonNumber(point.clippingMse)},
                                  {"clippedFraction", jsonNumber(point.clippedFraction)}});
        }
    }
    if (chart.rows.empty()) {
        chart.message =
            picture.curves.empty() ? tr("Not computed yet") : format::text(picture.curves.front().issue);
        return chart;
    }
    // What clips a handful of values falls to nothing: the axis ends a decade below the least sum.
    if (std::isfinite(lowest))
        panel.y.lo = lowest / 10;
    if (std::isfinite(picture.presentRatio) && picture.presentMse > 0) {
        ChartSeries present;
        present.name = tr("now");
        present.shape = SeriesShape::Points;
        present.ink = Ink::Text;
        present.marker = Marker::Diamond;
        present.x = {picture.presentRatio};
        present.y = {picture.presentMse};
        present.labels << tr("now");
        panel.series.push_back(std::move(present));
    }
    chart.panels.push_back(std::move(panel));
    return chart;
}

} // namespace quantoscope
