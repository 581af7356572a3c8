// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartpainter.h"

#include <QRect>

class QPaintDevice;

namespace quantoscope {

struct PlacedChart
{
    const Chart* chart = nullptr;
    QRect place; ///< pixels of the page, before `scale`
};

/// Draws charts on a page, each in its place, all of it as vectors: no caches, no pens thinner than a pixel. `scale`: device pixels per
/// pixel of the page. Needs a QApplication, on its thread; independent of screens.
void paintCharts(const std::vector<PlacedChart>& charts, const ChartStyle& style, QPaintDevice& device,
                 double scale);

} // namespace quantoscope
