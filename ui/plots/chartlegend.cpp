// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartlegend.h"

#include "ui/plots/chartcolors.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace quantoscope {

namespace {

constexpr int gap = 5;
constexpr int itemGap = 12;

int swatchWidth(const QFontMetrics& metrics) { return metrics.height() * 3 / 2; }

/// Where each item stands: x, row and width of its text.
struct Place
{
    int x = 0;
    int row = 0;
    int text = 0;
};

std::vector<Place> placesOf(const std::vector<LegendItem>& items, const QFontMetrics& metrics, int width)
{
    std::vector<Place> places;
    int x = 0;
    int row = 0;
    for (const LegendItem& item : items) {
        const int before = swatchWidth(metrics) + gap;
        const int text = metrics.horizontalAdvance(item.name);
        if (x > 0 && x + before + text > width) {
            x = 0;
            ++row;
        }
        places.push_back({x, row, std::min(text, std::max(0, width - x - before))});
        x += before + text + itemGap;
    }
    return places;
}

void add(std::vector<LegendItem>& items, LegendItem item)
{
    if (item.name.isEmpty())
        return;
    const auto same = [&](const LegendItem& other) {
        return other.name == item.name && other.kind == item.kind && other.look.ink == item.look.ink;
    };
    if (std::none_of(items.begin(), items.end(), same))
        items.push_back(std::move(item));
}

ChartSeries lookOf(const ChartSeries& series)
{
    ChartSeries look = series;
    look.x.clear();
    look.x2.clear();
    look.y.clear();
    look.y2.clear();
    look.labels.clear();
    look.keys.clear();
    return look;
}

/// The swatch is a small panel in which the series is drawn as in the chart.
void paintSeriesSwatch(QPainter& painter, const QRectF& box, ChartSeries look, const PartStyle& style)
{
    PanelMap map;
    map.area = box;
    map.x = {0, 1, box.left(), box.right(), false};
    map.y = {0, 1, box.bottom(), box.top(), false};
    look.width = 1;
    switch (look.shape) {
    case SeriesShape::Points:
        return drawSeriesMarker(painter, box.center(), look, box.height() * 0.36, style);
    case SeriesShape::Steps:
    case SeriesShape::StepsAfter:
        look.shape = SeriesShape::StepsAfter;
        look.x = {0, 0.33, 0.67, 1};
        look.y = look.fill == Fill::None ? std::vector<double>{0.15, 0.5, 0.85, 0.85}
                                         : std::vector<double>{0.45, 0.85, 0.6, 0.6};
        break;
    case SeriesShape::Bars:
        look.x = {0.5};
        look.y = {0.95};
        look.y2 = {0.05};
        break;
    case SeriesShape::Spans:
        look.x = {0};
        look.x2 = {1};
        look.y = {0.5};
        look.width = 0.7;
        break;
    case SeriesShape::Band:
        look.x = {0, 1};
        look.y = {0.15, 0.15};
        look.y2 = {0.85, 0.85};
        break;
    case SeriesShape::Intervals:
        look.x = {0.5};
        look.y = {0.05};
        look.y2 = {0.95};
        break;
    case SeriesShape::Line: {
        const bool marked = look.marker != Marker::None;
        const Marker marker = std::exchange(look.marker, Marker::None);
        look.x = {0, 1};
        look.y = look.fill == Fill::None ? std::vector<double>{0.5, 0.5} : std::vector<double>{0.8, 0.8};
        paintSeries(painter, look, map, style);
        look.marker = marker;
        if (marked)
            drawSeriesMarker(painter, box.center(), look, box.height() * 0.33, style);
        return;
    }
    }
    paintSeries(painter, look, map, style);
}

void paintSwatch(QPainter& painter, const QRectF& box, const LegendItem& item, const PartStyle& style)
{
    const QColor color = inkColor(item.look.ink, *style.colors);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    switch (item.kind) {
    case LegendItem::Kind::Series:
        paintSeriesSwatch(painter, box, item.look, style);
        break;
    case LegendItem::Kind::Levels:
        painter.setPen(inkPen(color, item.look.stroke, style.lineScale));
        for (int i = 0; i < 4; ++i) {
            const double x = box.left() + 1 + i * (box.width() - 2) / 3;
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()));
        }
        break;
    case LegendItem::Kind::Rule:
        painter.setPen(inkPen(color, item.look.stroke, style.lineScale));
        painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()));
        break;
    case LegendItem::Kind::Zone:
        painter.setRenderHint(QPainter::Antialiasing);
        drawFilledRect(painter, box, item.look.ink, item.look.fill == Fill::Hatch ? Fill::Hatch : Fill::Tint,
                       *style.colors, 1);
        break;
    }
    painter.restore();
}

} // namespace

std::vector<LegendItem> legendOf(const Chart& chart)
{
    std::vector<LegendItem> items;
    const auto plain = [](Ink ink, Stroke stroke, Fill fill) {
        ChartSeries look;
        look.ink = ink;
        look.stroke = stroke;
        look.fill = fill;
        return look;
    };
    for (const ChartPanel& panel : chart.panels) {
        for (const ChartSeries& series : panel.series)
            add(items, {LegendItem::Kind::Series, series.name, lookOf(series)});
        for (const ChartLevels& levels : panel.levels)
            add(items, {LegendItem::Kind::Levels, levels.name, plain(levels.ink, levels.stroke, Fill::None)});
        for (const ChartRule& rule : panel.rules)
            add(items, {LegendItem::Kind::Rule, rule.name, plain(rule.ink, rule.stroke, Fill::None)});
        for (const ChartZone& zone : panel.zones)
            add(items, {LegendItem::Kind::Zone, zone.name, plain(zone.ink, Stroke::Solid, zone.fill)});
    }
    return items;
}

int legendRowHeight(const QFont& font) { return QFontMetrics(font).height() + 1; }

int legendRows(const std::vector<LegendItem>& items, const QFont& font, int width, int maxRows)
{
    const auto places = placesOf(items, QFontMetrics(font), width);
    const int rows = places.empty() ? 0 : places.back().row + 1;
    return maxRows > 0 ? std::min(rows, maxRows) : rows;
}

void paintLegend(QPainter& painter, const std::vector<LegendItem>& items, const QFont& font,
                 const QRect& area, const PartStyle& style)
{
    const QFontMetrics metrics(font);
    const auto places = placesOf(items, metrics, area.width());
    const int swatch = swatchWidth(metrics);
    const int rowHeight = legendRowHeight(font);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const int top = area.top() + places[i].row * rowHeight;
        if (top + rowHeight > area.bottom() + 2)
            break;
        const int side = metrics.height() * 2 / 3;
        const QRectF box(area.left() + places[i].x, top + (rowHeight - side) / 2, swatch, side);
        paintSwatch(painter, box, items[i], style);
        painter.setFont(font);
        painter.setPen(style.colors->muted);
        painter.drawText(QRect(static_cast<int>(box.right()) + gap, top, places[i].text + 4, rowHeight),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(items[i].name, Qt::ElideRight, places[i].text + 2));
    }
}

} // namespace quantoscope
