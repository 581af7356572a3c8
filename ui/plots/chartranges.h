// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"

#include <QRectF>

namespace quantoscope {

/// Values of an axis on pixels. Values that a log axis does not have lie far beyond its lower end.
struct AxisMap
{
    double lo = 0, hi = 1;   ///< values at …
    double from = 0, to = 1; ///< … these pixels
    bool log = false;

    /// Never so far away that painters overflow. NaN stays.
    double pixel(double value) const;
    double value(double pixel) const;
};

struct PanelMap
{
    QRectF area;
    AxisMap x;
    AxisMap y;
    QPointF pixel(double atX, double atY) const { return {x.pixel(atX), y.pixel(atY)}; }
};

struct AxisRange
{
    double lo = 0, hi = 1;
};

struct PanelRanges
{
    AxisRange x;
    AxisRange y;
};

/// What fit() shows of a panel: all its data with some room, or what its axes say.
PanelRanges fittedRanges(const ChartPanel& panel, bool logX, bool logY);

/// First and one past the last point of a series, ordered by x, that can be seen between two values of x.
std::pair<std::size_t, std::size_t> visiblePoints(const std::vector<double>& x, double lo, double hi);

} // namespace quantoscope
