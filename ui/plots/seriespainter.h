// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartranges.h"
#include "ui/theme.h"

class QPainter;

namespace quantoscope {

/// How the parts of a chart look: what ChartStyle says, for painters that know no plot.
struct PartStyle
{
    const ThemeColors* colors = nullptr;
    double lineScale = 1;
};

/// Draws a series into the area of the map; the painter clips to it.
void paintSeries(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style);

/// Left and right ends of the step of bin `i`, whose centres are `x`.
std::pair<double, double> binEdges(const std::vector<double>& x, std::size_t i);

/// Widths on pixels: how a legend draws the same series.
double seriesLineWidth(const ChartSeries& series, double lineScale);
QColor seriesColor(const ChartSeries& series, const ThemeColors& colors);
void drawSeriesMarker(QPainter& painter, QPointF at, const ChartSeries& series, double radius,
                      const PartStyle& style);

} // namespace quantoscope
