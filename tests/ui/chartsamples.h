// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"

#include <cmath>

namespace quantoscope::testing {

/// A chart with every kind of part, for tests and for the eye.
inline Chart everything()
{
    Chart chart;
    chart.kind = "everything";
    chart.title = QStringLiteral("Everything a chart can show");
    chart.caption = QStringLiteral("e = x̂ − x; SQNR = 10 log10(Σx² / Σe²). Made-up values.");
    chart.xKey = "x";

    ChartPanel values;
    values.title = QStringLiteral("Steps, levels, zones, rules");
    values.x.title = QStringLiteral("value");
    values.y.title = QStringLiteral("values per bin");
    values.y.log = values.y.canLog = true;
    ChartSeries bins;
    bins.name = QStringLiteral("values");
    bins.shape = SeriesShape::Steps;
    bins.ink = Ink::Data;
    bins.fill = Fill::Tint;
    bins.thin = true;
    for (int i = 0; i < 96; ++i) {
        const double x = -3 + i / 16.0;
        bins.x.push_back(x);
        bins.y.push_back(std::floor(4000 * std::exp(-x * x * 1.6)));
        chart.rows.push_back({{"x", x}, {"count", bins.y.back()}});
    }
    values.series.push_back(bins);
    values.levels.push_back({QStringLiteral("15 levels"), Ink::SchemeA, Stroke::Solid, {}, -2.1, 0.3, 15});
    ChartZone below;
    below.to = -2.1;
    below.name = QStringLiteral("clipped");
    ChartZone above;
    above.from = 2.1;
    values.zones = {below, above};
    values.rules.push_back(
        {-2.1, Qt::Vertical, Ink::SchemeA, Stroke::Solid, QStringLiteral("clip −2.1"), {}});
    values.rules.push_back({2.1, Qt::Vertical, Ink::SchemeA, Stroke::Solid, QStringLiteral("clip 2.1"), {}});
    values.rules.push_back(
        {2.0, Qt::Vertical, Ink::SchemeB, Stroke::Dashed, QStringLiteral("B clip 2.0"), {}});
    values.rules.push_back(
        {100, Qt::Horizontal, Ink::Muted, Stroke::Dotted, QStringLiteral("a hundred"), {}});
    chart.panels.push_back(values);

    ChartPanel lines;
    lines.title = QStringLiteral("Lines, band, intervals, markers");
    lines.row = 1;
    lines.x.title = QStringLiteral("bits");
    lines.x.integers = true;
    lines.y.title = QStringLiteral("SQNR [dB]");
    const Marker markers[] = {Marker::Disc,    Marker::Square,       Marker::Triangle,
                              Marker::Diamond, Marker::TriangleDown, Marker::Plus};
    for (int s = 0; s < 6; ++s) {
        ChartSeries line;
        line.name = QStringLiteral("scheme %1").arg(s + 1);
        line.ink = static_cast<Ink>(static_cast<int>(Ink::Series1) + s);
        line.marker = markers[s];
        line.thin = s > 2;
        line.stroke = s % 2 ? Stroke::Dashed : Stroke::Solid;
        for (int bits = 2; bits <= 8; ++bits) {
            line.x.push_back(bits);
            line.y.push_back(6.02 * bits - 3 * s);
            line.keys.push_back(static_cast<std::size_t>(bits + 100 * s));
        }
        lines.series.push_back(line);
    }
    ChartSeries band;
    band.name = QStringLiteral("range of layers");
    band.shape = SeriesShape::Band;
    band.ink = Ink::SchemeA;
    band.fill = Fill::Hatch;
    band.x = {2, 5, 8};
    band.y = {-8, 10, 28};
    band.y2 = {-14, -4, 10};
    band.thin = true;
    lines.series.push_back(band);
    ChartSeries intervals;
    intervals.name = QStringLiteral("95 % interval");
    intervals.shape = SeriesShape::Intervals;
    intervals.ink = Ink::Text;
    intervals.thin = true;
    intervals.x = {2, 4, 6, 8};
    intervals.y = {8, 20, 32, 43};
    intervals.y2 = {15, 27, 39, 50};
    lines.series.push_back(intervals);
    chart.panels.push_back(lines);

    ChartPanel image;
    image.title = QStringLiteral("Image with values that are not finite");
    image.column = 1;
    image.x.title = QStringLiteral("column");
    image.y.title = QStringLiteral("row");
    image.y.reversed = true;
    auto cells = std::make_shared<std::vector<float>>();
    for (int row = 0; row < 24; ++row)
        for (int column = 0; column < 40; ++column)
            cells->push_back(row > 18 && column > 30
                                 ? std::numeric_limits<float>::quiet_NaN()
                                 : std::sin(float(row) * 0.4f) * std::cos(float(column) * 0.3f));
    ChartImage map;
    map.cells = cells;
    map.rows = 24;
    map.columns = 40;
    map.right = 40;
    map.bottom = 24;
    map.scaleTitle = QStringLiteral("x");
    image.images.push_back(map);
    chart.panels.push_back(image);

    ChartPanel bars;
    bars.title = QStringLiteral("Spans, names");
    bars.row = 1;
    bars.column = 1;
    bars.x.title = QStringLiteral("value");
    bars.y.reversed = true;
    const Fill fills[] = {Fill::None, Fill::Tint, Fill::Hatch, Fill::Tint};
    const Ink inks[] = {Ink::SchemeA, Ink::Data, Ink::SchemeA, Ink::SchemeB};
    for (int i = 0; i < 4; ++i) {
        ChartSeries span;
        span.name = QStringLiteral("rule %1").arg(i + 1);
        span.shape = SeriesShape::Spans;
        span.fill = fills[i];
        span.ink = inks[i];
        span.stroke = i == 3 ? Stroke::Dashed : Stroke::Solid;
        span.width = 0.6;
        span.x = {-1.0 - i * 0.3};
        span.x2 = {1.0 + i * 0.4};
        span.y = {double(i)};
        bars.y.ticks.emplace_back(i, QStringLiteral("percentile 99.%1 of all values").arg(i));
        bars.series.push_back(span);
    }
    bars.y.lo = -0.6;
    bars.y.hi = 3.6;
    chart.panels.push_back(bars);
    return chart;
}

} // namespace quantoscope::testing
