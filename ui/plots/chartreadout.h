// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartranges.h"

#include <QString>

namespace quantoscope {

/// A point of a panel near a pixel.
struct ChartHit
{
    std::size_t series = 0;
    std::size_t point = 0;
};

/// The nearest point that is no further than a pointer's width, or whose bar, bin or span holds the pixel.
/// `draggable`: among the points that can be pulled alone.
std::optional<ChartHit> hitAt(const ChartPanel& panel, const PanelMap& map, QPointF pixel,
                              bool draggable = false);
/// "INT4 · bits 4 · SQNR 21.4 dB"; of the cell of an image under the pixel where no point is near; "" where there is nothing.
QString readOutAt(const ChartPanel& panel, const PanelMap& map, QPointF pixel);
/// "SQNR 21.4 dB" from an axis titled "SQNR [dB]".
QString quantityText(const ChartAxis& axis, double value);

} // namespace quantoscope
