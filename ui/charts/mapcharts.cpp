// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/mapcharts.h"

#include "ui/format.h"

#include <QCoreApplication>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("MapChart", text); }

constexpr std::size_t mostCellRows =
    4096; ///< cells in the data of the chart; beyond, the ends of rows stand for them

/// As `chart --kind` has it.
std::string kindOf(MapMode mode)
{
    switch (mode) {
    case MapMode::Value:
        return "heatmap";
    case MapMode::Quantized:
        return "heatmap-quantized";
    case MapMode::Error:
        return "heatmap-error";
    case MapMode::Clipped:
        return "heatmap-clipped";
    case MapMode::Rounding:
        return "heatmap-rounding";
    }
    return {};
}

QString captionOf(MapMode mode)
{
    switch (mode) {
    case MapMode::Value:
        return tr("x of every weight.");
    case MapMode::Quantized:
        return tr("x̂, the weight after quantization.");
    case MapMode::Error:
        return tr("e = x̂ − x of every weight.");
    case MapMode::Clipped:
        return tr("x of the weights outside the lowest and highest level of their own set; 0 else.");
    case MapMode::Rounding:
        return tr("Code less the code of the nearest level: where the algorithm decided otherwise.");
    }
    return {};
}

/// A whole number; those beyond any code in short form.
QString whole(double value)
{
    return std::abs(value) < 1e9 ? format::integer(static_cast<std::int64_t>(value)) : format::number(value);
}

ChartSeries endsSeries(const std::vector<Interval>& ends, std::size_t first, std::size_t size, double last,
                       bool rows)
{
    ChartSeries series;
    series.shape = rows ? SeriesShape::Spans : SeriesShape::Bars;
    series.ink = Ink::Data;
    series.fill = Fill::Tint;
    series.thin = true;
    series.width = static_cast<double>(size);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const double from = static_cast<double>(first + i * size);
        const double at = std::min(from + static_cast<double>(size) / 2, (from + last) / 2);
        if (rows) {
            series.x.push_back(static_cast<double>(ends[i].lo));
            series.x2.push_back(static_cast<double>(ends[i].hi));
            series.y.push_back(at);
        } else {
            series.x.push_back(at);
            series.y.push_back(static_cast<double>(ends[i].lo));
            series.y2.push_back(static_cast<double>(ends[i].hi));
        }
    }
    return series;
}

Json rowsOf(const MapPicture& picture)
{
    const MapCells& cells = picture.cells;
    Json rows = Json::array();
    if (cells.cells.size() <= mostCellRows) {
        for (std::size_t r = 0; r < cells.rows; ++r)
            for (std::size_t c = 0; c < cells.columns; ++c) {
                Json row;
                row["row"] = cells.row + r * cells.cellSize;
                row["column"] = cells.column + c * cells.cellSize;
                setNumber(row, "value", static_cast<double>(cells.cells[r * cells.columns + c]),
                          "not finite");
                rows.push_back(std::move(row));
            }
        return rows;
    }
    for (std::size_t r = 0; r < cells.rows; ++r) {
        Json row;
        row["row"] = cells.row + r * cells.cellSize;
        row["min"] = jsonNumber(static_cast<double>(cells.rowEnds[r].lo));
        row["max"] = jsonNumber(static_cast<double>(cells.rowEnds[r].hi));
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace

QString mapModeName(MapMode mode)
{
    switch (mode) {
    case MapMode::Value:
        return tr("Values");
    case MapMode::Quantized:
        return tr("Quantized");
    case MapMode::Error:
        return tr("Error");
    case MapMode::Clipped:
        return tr("Clipped only");
    case MapMode::Rounding:
        return tr("Rounding decisions");
    }
    return {};
}

QString mapNote(const MapPicture& picture)
{
    QStringList notes;
    if (picture.cells.cellSize > 1)
        notes << tr("1 cell = %1×%1 values, the largest magnitude shown").arg(picture.cells.cellSize);
    if (picture.map->notFinite() > 0)
        notes << tr("▲ %1 not finite").arg(format::count(picture.map->notFinite()));
    return notes.join(u" · "_s);
}

Chart mapChart(const MapPicture& picture)
{
    const MapCells& cells = picture.cells;
    Chart chart;
    chart.kind = kindOf(picture.map->mode());
    chart.title =
        tr("%1 of %2")
            .arg(mapModeName(picture.map->mode()), format::text(picture.network->layer(picture.layer).name));
    chart.caption = captionOf(picture.map->mode()) + u' ' + mapNote(picture);
    if (cells.cells.empty()) {
        chart.message = tr("This tensor is empty.");
        return chart;
    }
    const double left = static_cast<double>(cells.column);
    const double top = static_cast<double>(cells.row);
    const double right = std::min(left + static_cast<double>(cells.columns * cells.cellSize),
                                  static_cast<double>(picture.map->columns()));
    const double bottom = std::min(top + static_cast<double>(cells.rows * cells.cellSize),
                                   static_cast<double>(picture.map->rows()));
    const double max = picture.colorMax();

    ChartPanel map;
    map.row = 1;
    map.stretch = 5;
    map.stretchX = 6;
    map.x.title = tr("input, flattened");
    map.x.hi = static_cast<double>(picture.map->columns());
    map.y.title = tr("output channel");
    map.y.reversed = true;
    map.y.hi = static_cast<double>(picture.map->rows());
    for (ChartAxis* axis : {&map.x, &map.y}) {
        axis->integers = true;
        axis->lo = 0;
    }
    map.shareXAbove = true;
    ChartImage image;
    image.cells = std::make_shared<const std::vector<float>>(cells.cells);
    image.rows = cells.rows;
    image.columns = cells.columns;
    image.left = left;
    image.right = left + static_cast<double>(cells.columns * cells.cellSize);
    image.top = top;
    image.bottom = top + static_cast<double>(cells.rows * cells.cellSize);
    image.lo = -max;
    image.hi = max;
    image.scaleTitle = mapModeName(picture.map->mode());
    map.images.push_back(std::move(image));

    ChartPanel above;
    above.stretchX = 6;
    above.x = map.x;
    above.x.title.clear();
    above.y.title = tr("min … max");
    above.y.lo = -max;
    above.y.hi = max;
    above.series.push_back(endsSeries(cells.columnEnds, cells.column, cells.cellSize, right, false));

    ChartPanel beside;
    beside.row = 1;
    beside.column = 1;
    beside.stretch = 5;
    beside.x = above.y;
    beside.y = map.y;
    beside.y.title.clear();
    beside.shareYLeft = true;
    beside.series.push_back(endsSeries(cells.rowEnds, cells.row, cells.cellSize, bottom, true));

    chart.panels = {std::move(above), std::move(map), std::move(beside)};
    chart.rows = rowsOf(picture);
    return chart;
}

QString mapReadOut(const MapPicture& picture, double column, double row)
{
    if (!(column >= 0) || !(row >= 0))
        return {};
    const auto r = static_cast<std::size_t>(row);
    const auto c = static_cast<std::size_t>(column);
    const auto element = picture.map->elementAt(r, c);
    if (r >= picture.map->rows() || !element)
        return {};
    const QString where = tr("channel %1, %2: ").arg(r).arg(c);
    const auto step = picture.map->stepAt(r, c);
    const double x = static_cast<double>(picture.map->values().values[*element]);
    if (!step)
        return where + tr("x %1").arg(std::isfinite(x) ? format::number(x) : tr("is not finite"));
    QStringList steps{tr("x %1").arg(format::number(x))};
    if (picture.scheme.format == Format::Int)
        steps << tr("x/s %1").arg(format::number(static_cast<double>(step->scaled)))
              << tr("round %1").arg(whole(step->rounded));
    if (step->shifted != step->rounded)
        steps << tr("+z %1").arg(whole(step->shifted));
    if (static_cast<double>(step->code) != step->shifted)
        steps << tr("clamp %1").arg(format::integer(step->code));
    steps << tr("q %1").arg(format::integer(step->code))
          << tr("x̂ %1").arg(format::number(static_cast<double>(step->value)));
    return where + steps.join(u" → "_s) + tr(" (e %1)").arg(format::signedNumber(step->error));
}

} // namespace quantoscope
