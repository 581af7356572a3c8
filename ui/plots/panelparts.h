// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/seriespainter.h"

#include <QFont>
#include <QImage>

namespace quantoscope {

void paintZone(QPainter& painter, const ChartZone& zone, const PanelMap& map, const PartStyle& style);
void paintLevels(QPainter& painter, const ChartLevels& levels, const PanelMap& map, const PartStyle& style);
void paintRuleLines(QPainter& painter, const std::vector<ChartRule>& rules, const PanelMap& map,
                    const PartStyle& style);
/// No label over another one.
void paintRuleLabels(QPainter& painter, const std::vector<ChartRule>& rules, const PanelMap& map,
                     const QFont& font, const PartStyle& style);

/// The cells as indices of colorTable(). Null where there are no cells.
QImage indexedImage(const ChartImage& image, bool dark);
void paintImage(QPainter& painter, const ChartImage& image, const QImage& pixels, const PanelMap& map);

} // namespace quantoscope
