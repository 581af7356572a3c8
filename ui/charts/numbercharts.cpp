// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/numbercharts.h"

#include "core/quant/levelgrid.h"
#include "ui/format.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("NumberChart", text); }

constexpr double above = 1;
constexpr double below = 0;

ChartSeries points(const QString& name, Ink ink, Marker marker)
{
    ChartSeries series;
    series.name = name;
    series.shape = SeriesShape::Points;
    series.ink = ink;
    series.marker = marker;
    return series;
}

} // namespace

Chart numbersChart(const NumbersPicture& picture, bool revealed)
{
    Chart chart;
    chart.kind = "numbers";
    chart.title = tr("Numbers on the grid");
    chart.caption = tr("Above: x. Below: Q(x), the level that stands for it. Lines: all levels.");
    ChartPanel panel;
    panel.x.title = tr("value");
    panel.y.lo = -0.5;
    panel.y.hi = 1.5;
    panel.y.ticks = {{below, tr("Q(x)")}, {above, tr("x")}};
    ChartSeries x = points(tr("x"), Ink::Data, Marker::Disc);
    ChartSeries quantized = points(tr("Q(x)"), Ink::SchemeA, Marker::Square);
    x.draggable = true;
    std::vector<ChartSeries> ways;
    for (std::size_t i = 0; i < picture.rows.size(); ++i) {
        const NumberRow& row = picture.rows[i];
        if (!row.finite)
            continue;
        const double from = static_cast<double>(row.step.x);
        x.x.push_back(from);
        x.y.push_back(above);
        x.keys.push_back(i);
        Json data;
        data["x"] = jsonNumber(from);
        if (picture.params) {
            const double to = static_cast<double>(row.step.value);
            quantized.x.push_back(to);
            quantized.y.push_back(below);
            ChartSeries way;
            way.ink = Ink::Muted;
            way.thin = true;
            way.x = {to, from};
            way.y = {below, above};
            ways.push_back(std::move(way));
            data["code"] = row.step.code;
            data["value"] = jsonNumber(to);
            data["error"] = jsonNumber(row.step.error);
        }
        chart.rows.push_back(std::move(data));
    }
    if (x.x.empty()) {
        chart.message = tr("Type some numbers to see where they go.");
        return chart;
    }
    if (picture.params && picture.params->sets.size() == 1) {
        ChartLevels levels;
        levels.name = tr("levels");
        for (const float level : gridOf(*picture.params, 0).values())
            levels.values.push_back(static_cast<double>(level));
        panel.levels.push_back(std::move(levels));
    }
    if (revealed) {
        panel.series = std::move(ways);
        panel.series.push_back(std::move(quantized));
    }
    panel.series.push_back(std::move(x));
    chart.panels.push_back(std::move(panel));
    return chart;
}

} // namespace quantoscope
