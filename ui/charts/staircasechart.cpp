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

QString tr(const char* text) { return QCoreApplication::translate("StaircaseChart", text); }

/// Risers look upright on any screen, and the cost does not depend on the number of levels.
constexpr std::size_t samples = 3000;
constexpr double margin = 0.06;

/// One scheme's staircase and error as corners: both ends of every tread.
struct Stairs
{
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> error;

    Stairs(const LayerPicture& picture, double lo, double hi)
    {
        std::vector<float> at(samples);
        for (std::size_t i = 0; i < samples; ++i)
            at[i] = static_cast<float>(lo + (hi - lo) * static_cast<double>(i) / double(samples - 1));
        const std::vector<float> q = quantizeCurve(picture, at);
        for (std::size_t i = 0; i < samples; ++i) {
            const bool inner = i > 0 && i + 1 < samples && q[i] == q[i - 1] && q[i] == q[i + 1];
            if (inner || std::isnan(q[i]))
                continue;
            x.push_back(static_cast<double>(at[i]));
            y.push_back(static_cast<double>(q[i]));
            error.push_back(static_cast<double>(q[i]) - static_cast<double>(at[i]));
        }
    }
};

ChartSeries line(const QString& name, Ink ink, Stroke stroke, bool thin)
{
    ChartSeries series;
    series.name = name;
    series.ink = ink;
    series.stroke = stroke;
    series.thin = thin;
    return series;
}

void addStairs(Chart& chart, const LayerPicture& picture, bool isB, double lo, double hi)
{
    Stairs stairs(picture, lo, hi);
    const Ink ink = isB ? Ink::SchemeB : Ink::SchemeA;
    const Stroke stroke = isB ? Stroke::Dashed : Stroke::Solid;
    ChartSeries steps = line(isB ? tr("B: Q(x)") : tr("Q(x)"), ink, stroke, false);
    steps.shape = SeriesShape::StepsAfter;
    ChartSeries error = line(isB ? tr("B: e") : tr("e = Q(x) − x"), isB ? ink : Ink::Rounding, stroke, true);
    if (!isB)
        error.fill = Fill::Tint;
    for (std::size_t i = 0; i < stairs.x.size() && !isB; ++i)
        chart.rows.push_back({{"x", jsonNumber(stairs.x[i])},
                              {"quantized", jsonNumber(stairs.y[i])},
                              {"error", jsonNumber(stairs.error[i])}});
    steps.x = stairs.x;
    steps.y = std::move(stairs.y);
    error.x = std::move(stairs.x);
    error.y = std::move(stairs.error);
    chart.panels[0].series.push_back(std::move(steps));
    chart.panels[1].series.push_back(std::move(error));
}

} // namespace

Chart staircaseChart(const LayerPicture& picture, const LayerPicture* b, double lo, double hi)
{
    Chart chart;
    chart.kind = "staircase";
    chart.title = tr("Staircase");
    chart.xKey = "x";
    if (!hasLevels(picture) || picture.detail.shown.elements == 0) {
        chart.message = noStaircaseSentence(picture);
        return chart;
    }
    const bool stochastic = picture.scheme().rounding.kind == Rounding::Kind::Stochastic;
    chart.caption = stochastic ? tr("Q(x) and e = Q(x) − x; of stochastic rounding, the nearest level.")
                               : tr("Q(x) and e = Q(x) − x. Hatched: clipped.");
    const auto [from, to] = shownSpan(picture);
    const double air = to > from ? (to - from) * margin : 1;
    const bool part = std::isfinite(lo) && std::isfinite(hi) && lo < hi;
    const double first = part ? lo : from - air;
    const double last = part ? hi : to + air;

    const StaircaseLabels labels = staircaseLabels(picture);
    chart.panels.resize(2);
    ChartPanel& curve = chart.panels[0];
    ChartPanel& errors = chart.panels[1];
    curve.stretch = 2.2;
    errors.row = 1;
    errors.shareXAbove = true;
    curve.x.title = errors.x.title = labels.input;
    curve.x.lo = errors.x.lo = curve.y.lo = from - air;
    curve.x.hi = errors.x.hi = curve.y.hi = to + air;
    curve.y.title = labels.output;
    errors.y.title = labels.error;
    ChartSeries identity = line(tr("x"), Ink::Muted, Stroke::Dashed, true);
    identity.x = identity.y = {first, last};
    curve.series.push_back(std::move(identity));
    addStairs(chart, picture, false, first, last);
    const bool sameAxis = b && hasLevels(*b) && !b->detail.normalized && !picture.detail.normalized
                          && b->detail.set == picture.detail.set;
    if (sameAxis)
        addStairs(chart, *b, true, first, last);
    const Interval ends = shownLevelEnds(picture);
    for (ChartPanel& panel : chart.panels)
        for (const bool above : {false, true}) {
            ChartZone zone;
            (above ? zone.from : zone.to) =
                static_cast<double>(above ? std::max(ends.lo, ends.hi) : std::min(ends.lo, ends.hi));
            panel.zones.push_back(zone);
        }
    return chart;
}

} // namespace quantoscope
