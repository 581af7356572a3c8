// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/seriespainter.h"

#include <QFont>

namespace quantoscope {

/// What of a chart has a name, once each, with what it looks like.
struct LegendItem
{
    enum class Kind { Series, Levels, Rule, Zone };
    Kind kind = Kind::Series;
    QString name;
    ChartSeries look; ///< without its data; levels, rules and zones: ink, stroke and fill alone
};

std::vector<LegendItem> legendOf(const Chart& chart);

/// Rows of a legend in that width, at most `maxRows` of them (0: as many as it takes).
int legendRows(const std::vector<LegendItem>& items, const QFont& font, int width, int maxRows);
void paintLegend(QPainter& painter, const std::vector<LegendItem>& items, const QFont& font,
                 const QRect& area, const PartStyle& style);
int legendRowHeight(const QFont& font);

} // namespace quantoscope
