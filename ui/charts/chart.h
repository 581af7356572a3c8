// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/json.h"

#include <QString>
#include <QStringList>
#include <Qt>

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quantoscope {

// A chart as data: what the window draws, what an export draws and what `quantoscope chart` writes are the same value given to the
// same painter. Colours are roles, so that one chart serves every theme. Plain values without invariants; build them in
// ui/charts, one file per tab.

/// Whose or what, by hue. Series1 … Series6: many schemes side by side, each with a marker shape of its own.
enum class Ink {
    Data,
    SchemeA,
    SchemeB,
    Rounding,
    Muted,
    Text,
    Warning,
    Ok,
    Series1,
    Series2,
    Series3,
    Series4,
    Series5,
    Series6
};

enum class Stroke { Solid, Dashed, Dotted };

/// Disc, Square … as in the palette of many schemes; None: line alone.
enum class Marker { None, Disc, Ring, Square, Triangle, Diamond, TriangleDown, Plus };

/// How a series is drawn. Steps: x are the centres of bins (as a histogram) · StepsAfter: y holds from its x on (as a staircase) · Band: between y and y2
/// · Bars: from y2 (0 where empty) to y, `width` wide · Spans: horizontal bars from x to x2 at y, `width` high · Intervals: error bars from y to y2 at x.
enum class SeriesShape { Line, Steps, StepsAfter, Points, Bars, Band, Spans, Intervals };

enum class Fill { None, Tint, Hatch };

/// Points of one series in the order of x (Points, Spans: any order). NaN: a gap.
struct ChartSeries
{
    QString name; ///< in the legend; "": not there
    SeriesShape shape = SeriesShape::Line;
    Ink ink = Ink::SchemeA;
    Stroke stroke = Stroke::Solid;
    Marker marker = Marker::None;
    Fill fill = Fill::None;
    bool faded = false; ///< dominated, stale, not in focus
    bool thin = false;  ///< 1 px instead of 2
    double width = 0.8; ///< of Bars and Spans, in units of the axis
    std::vector<double> x;
    std::vector<double> x2;
    std::vector<double> y;
    std::vector<double> y2;
    QStringList labels;            ///< of the points, for the read-out; empty or one each
    std::vector<std::size_t> keys; ///< what a click on the point means to the view; empty or one each
    bool draggable = false;        ///< the person may pull the points; each has a key
};

/// Vertical lines, at most one per pixel column: levels of a grid.
struct ChartLevels
{
    QString name;
    Ink ink = Ink::SchemeA;
    Stroke stroke = Stroke::Solid;
    std::vector<double> values; ///< ascending
    double first = 0;           ///< of `count` evenly spaced levels, where `values` is empty
    double step = 0;
    std::size_t count = 0;
};

/// A straight line across the panel with a label at its end.
struct ChartRule
{
    double at = 0;
    Qt::Orientation orientation = Qt::Vertical; ///< Vertical: at an x
    Ink ink = Ink::SchemeA;
    Stroke stroke = Stroke::Solid;
    QString label;
    QString name; ///< in the legend; "": not there
};

/// A shaded or hatched stretch of the x (Horizontal) or y (Vertical) axis; infinite ends reach to the frame.
struct ChartZone
{
    double from = -std::numeric_limits<double>::infinity();
    double to = std::numeric_limits<double>::infinity();
    Qt::Orientation orientation = Qt::Horizontal;
    Ink ink = Ink::SchemeA;
    Fill fill = Fill::Hatch;
    QString name;
};

enum class ColorMap { Diverging, Sequential };

/// Cells [rows][columns], row 0 at the top unless the y axis is not reversed. NaN: the checker of non-finite values.
struct ChartImage
{
    std::shared_ptr<const std::vector<float>> cells;
    std::size_t rows = 0;
    std::size_t columns = 0;
    double left = 0, right = 1; ///< edges in units of the axes
    double top = 0, bottom = 1;
    ColorMap colors = ColorMap::Diverging;
    double lo = -1, hi = 1; ///< values at the ends of the colours
    QString scaleTitle;     ///< of the colour scale
};

struct ChartAxis
{
    QString title; ///< quantity [unit]
    bool log = false;
    bool canLog = false; ///< the person may switch
    bool reversed = false;
    bool integers = false; ///< ticks at whole numbers alone
    /// What is shown after fit(). NaN: from the data.
    double lo = std::numeric_limits<double>::quiet_NaN();
    double hi = std::numeric_limits<double>::quiet_NaN();
    /// Instead of numbers; at most as many are drawn as fit.
    std::vector<std::pair<double, QString>> ticks;
};

struct ChartPanel
{
    QString title; ///< small, above the panel; "" with a single panel
    ChartAxis x;
    ChartAxis y;
    std::vector<ChartSeries> series;
    std::vector<ChartLevels> levels;
    std::vector<ChartRule> rules;
    std::vector<ChartZone> zones;
    std::vector<ChartImage> images;
    std::size_t row = 0; ///< place in the grid of panels
    std::size_t column = 0;
    double stretch = 1;       ///< share of the height of its row
    double stretchX = 1;      ///< share of the width of its column
    bool shareXAbove = false; ///< same x axis as the panel above: moves with it
    bool shareYLeft = false;
};

struct Chart
{
    std::string kind; ///< as in `chart --kind`
    QString title;
    QString caption; ///< formulas and conventions used, for exports
    QString message; ///< instead of data: why there is none
    std::vector<ChartPanel> panels;
    /// The data: flat objects, one per row, keys as in reports with their unit. Exports and the table twin show these.
    Json rows = Json::array();
    std::string
        xKey; ///< key of the rows that lies on the x axis of the first panel, for "visible range only"; "": none
};

} // namespace quantoscope
