// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/seriespainter.h"

#include "ui/plots/chartcolors.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr double markerRadius = 3.6;
constexpr double fadedAlpha = 0.35;
constexpr std::size_t manyPoints = 3000; ///< drawn as small squares from here on

/// Where lines are denser than pixels, the first, lowest, highest and last point of each column tell all.
QPolygonF thinned(QPolygonF points, double width)
{
    if (double(points.size()) < 4 * width + 16)
        return points;
    QPolygonF result;
    for (qsizetype i = 0; i < points.size();) {
        const auto column = std::floor(points[i].x());
        qsizetype lowest = i;
        qsizetype highest = i;
        qsizetype end = i;
        for (; end < points.size() && std::floor(points[end].x()) == column; ++end) {
            if (points[end].y() > points[lowest].y())
                lowest = end;
            if (points[end].y() < points[highest].y())
                highest = end;
        }
        const qsizetype last = end - 1;
        qsizetype picked[] = {i, std::min(lowest, highest), std::max(lowest, highest), last};
        qsizetype before = -1;
        for (const qsizetype at : picked)
            if (at != before)
                result.append(points[before = at]);
        i = end;
    }
    return result;
}

/// The line of a series as pieces between gaps, of `values` (y or y2).
std::vector<QPolygonF> linesOf(const ChartSeries& series, const std::vector<double>& values,
                               const PanelMap& map)
{
    std::vector<QPolygonF> pieces(1);
    const std::size_t count = std::min(series.x.size(), values.size());
    auto [first, last] = visiblePoints(series.x, std::min(map.x.lo, map.x.hi), std::max(map.x.lo, map.x.hi));
    last = std::min(last, count);
    for (std::size_t i = first; i < last; ++i) {
        const double y = map.y.pixel(values[i]);
        const double x = map.x.pixel(series.x[i]);
        QPolygonF& piece = pieces.back();
        if (std::isnan(y) || std::isnan(x)) {
            if (!piece.isEmpty())
                pieces.emplace_back();
        } else if (series.shape == SeriesShape::Steps) {
            const auto [left, right] = binEdges(series.x, i);
            piece << QPointF(map.x.pixel(left), y) << QPointF(map.x.pixel(right), y);
        } else if (series.shape == SeriesShape::StepsAfter) {
            if (!piece.isEmpty())
                piece << QPointF(x, piece.back().y());
            piece << QPointF(x, y);
        } else {
            piece << QPointF(x, y);
        }
    }
    if (pieces.back().isEmpty())
        pieces.pop_back();
    for (QPolygonF& piece : pieces)
        piece = thinned(std::move(piece), map.area.width());
    return pieces;
}

void fillArea(QPainter& painter, const QPolygonF& outline, const ChartSeries& series, const PanelMap& map,
              const PartStyle& style)
{
    const bool straight = series.shape == SeriesShape::Steps || series.shape == SeriesShape::StepsAfter;
    painter.setRenderHint(QPainter::Antialiasing, !straight);
    painter.setPen(Qt::NoPen);
    const double fade = series.faded ? fadedAlpha : 1;
    QColor tint = tintColor(series.ink, *style.colors);
    tint.setAlphaF(static_cast<float>((series.fill == Fill::Hatch ? 0.06 : double(tint.alphaF())) * fade));
    painter.setBrush(tint);
    painter.drawPolygon(outline);
    if (series.fill != Fill::Hatch)
        return;
    painter.save();
    QPainterPath path;
    path.addPolygon(outline);
    painter.setClipPath(path, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    drawHatch(painter, outline.boundingRect().intersected(map.area),
              withAlpha(inkColor(series.ink, *style.colors), 0.5 * fade), style.lineScale);
    painter.restore();
}

QPen penOf(const ChartSeries& series, const PartStyle& style, std::size_t points, double width)
{
    double line = seriesLineWidth(series, style.lineScale);
    // Dense lines become a wall where they are thick.
    if (double(points) > width / 3)
        line = std::min(line, style.lineScale);
    return inkPen(seriesColor(series, *style.colors), series.stroke, line);
}

void paintMarkers(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    const std::size_t count = std::min(series.x.size(), series.y.size());
    const bool points = series.shape == SeriesShape::Points;
    if (!points && double(count) * 8 > map.area.width())
        return;
    const QRectF reach = map.area.adjusted(-8, -8, 8, 8);
    const QColor color = seriesColor(series, *style.colors);
    painter.setRenderHint(QPainter::Antialiasing, count < manyPoints);
    for (std::size_t i = 0; i < count; ++i) {
        const QPointF at = map.pixel(series.x[i], series.y[i]);
        if (std::isnan(at.x()) || std::isnan(at.y()) || !reach.contains(at))
            continue;
        if (count >= manyPoints)
            painter.fillRect(QRectF(at.x() - 1, at.y() - 1, 2, 2), color);
        else
            drawSeriesMarker(painter, at, series, markerRadius * style.lineScale, style);
    }
}

void paintLine(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    const auto lines = linesOf(series, series.y, map);
    if (series.fill != Fill::None) {
        const double base = map.y.pixel(0);
        for (QPolygonF area : lines) {
            const double last = area.back().x();
            area << QPointF(last, base) << QPointF(area.front().x(), base);
            fillArea(painter, area, series, map, style);
        }
    }
    std::size_t count = 0;
    for (const QPolygonF& line : lines)
        count += static_cast<std::size_t>(line.size());
    const bool steps = series.shape != SeriesShape::Line;
    painter.setRenderHint(QPainter::Antialiasing, !steps);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(penOf(series, style, steps ? count / 2 : count, map.area.width()));
    for (const QPolygonF& line : lines)
        painter.drawPolyline(line);
    if (series.marker != Marker::None)
        paintMarkers(painter, series, map, style);
}

void paintBand(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    ChartSeries filled = series;
    if (filled.fill == Fill::None)
        filled.fill = Fill::Tint;
    // Gaps of either side are gaps of the band.
    const std::size_t count = std::min(filled.y.size(), filled.y2.size());
    for (std::size_t i = 0; i < count; ++i)
        if (std::isnan(filled.y[i]) || std::isnan(filled.y2[i]))
            filled.y[i] = filled.y2[i] = std::numeric_limits<double>::quiet_NaN();
    const auto lower = linesOf(filled, filled.y, map);
    const auto upper = linesOf(filled, filled.y2, map);
    for (std::size_t i = 0; i < std::min(lower.size(), upper.size()); ++i) {
        QPolygonF area = lower[i];
        for (qsizetype k = upper[i].size(); k-- > 0;)
            area << upper[i][k];
        fillArea(painter, area, filled, map, style);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(penOf(series, style, static_cast<std::size_t>(area.size()) / 2, map.area.width()));
        painter.drawPolyline(lower[i]);
        painter.drawPolyline(upper[i]);
    }
}

void paintBox(QPainter& painter, QRectF box, const ChartSeries& series, const PanelMap& map,
              const PartStyle& style)
{
    box = box.normalized();
    const double wide = box.width();
    box = box.intersected(map.area.adjusted(-40, -40, 40, 40));
    if (box.isNull())
        return;
    painter.save();
    if (series.faded)
        painter.setOpacity(painter.opacity() * fadedAlpha);
    drawFilledRect(painter, box, series.ink, series.fill, *style.colors, style.lineScale);
    if (series.fill != Fill::None && wide > 5 && box.height() > 1) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(inkPen(inkColor(series.ink, *style.colors), series.stroke, style.lineScale));
        painter.drawRect(box);
    }
    painter.restore();
}

/// Bars from y2 to y; those of one pixel column are drawn as the one that covers them.
void paintBars(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    painter.setRenderHint(QPainter::Antialiasing, false);
    const std::size_t count = std::min(series.x.size(), series.y.size());
    const double base = map.y.pixel(0);
    QRectF open;
    for (std::size_t i = 0; i < count; ++i) {
        const double y = map.y.pixel(series.y[i]);
        const double from = i < series.y2.size() ? map.y.pixel(series.y2[i]) : base;
        double left = map.x.pixel(series.x[i] - series.width / 2);
        double right = map.x.pixel(series.x[i] + series.width / 2);
        if (std::isnan(y) || std::isnan(from) || std::isnan(left) || std::isnan(right))
            continue;
        if (left > right)
            std::swap(left, right);
        if (right < map.area.left() - 2 || left > map.area.right() + 2)
            continue;
        if (right - left < 1.5) {
            left = std::floor(left);
            right = left + 1;
        }
        // A bar of no height is a line: there is a value.
        const QRectF bar(left, std::min(y, from), right - left, std::max(1.0, std::abs(y - from)));
        if (open.isValid() && open.left() == bar.left() && right - left <= 1) {
            open = open.united(bar);
            continue;
        }
        if (open.isValid())
            paintBox(painter, open, series, map, style);
        open = bar;
    }
    if (open.isValid())
        paintBox(painter, open, series, map, style);
}

void paintSpans(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    painter.setRenderHint(QPainter::Antialiasing, false);
    const std::size_t count = std::min({series.x.size(), series.x2.size(), series.y.size()});
    for (std::size_t i = 0; i < count; ++i) {
        const double left = map.x.pixel(series.x[i]);
        const double right = map.x.pixel(series.x2[i]);
        const double top = map.y.pixel(series.y[i] - series.width / 2);
        const double bottom = map.y.pixel(series.y[i] + series.width / 2);
        if (std::isnan(left) || std::isnan(right) || std::isnan(top) || std::isnan(bottom))
            continue;
        QRectF box = QRectF(QPointF(left, top), QPointF(right, bottom)).normalized();
        box.setWidth(std::max(box.width(), 1.0));
        box.setHeight(std::max(box.height(), 1.0));
        paintBox(painter, box, series, map, style);
    }
}

void paintIntervals(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    const std::size_t count = std::min({series.x.size(), series.y.size(), series.y2.size()});
    const double cap = double(count) * 10 < map.area.width() ? 3.5 * style.lineScale : 0;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(penOf(series, style, count, map.area.width()));
    for (std::size_t i = 0; i < count; ++i) {
        const QPointF a = map.pixel(series.x[i], series.y[i]);
        const QPointF b = map.pixel(series.x[i], series.y2[i]);
        if (std::isnan(a.x()) || std::isnan(a.y()) || std::isnan(b.y()))
            continue;
        painter.drawLine(a, b);
        if (cap > 0)
            for (const QPointF end : {a, b})
                painter.drawLine(QPointF(end.x() - cap, end.y()), QPointF(end.x() + cap, end.y()));
    }
}

} // namespace

double seriesLineWidth(const ChartSeries& series, double lineScale)
{
    return (series.thin ? 1.0 : 2.0) * lineScale;
}

QColor seriesColor(const ChartSeries& series, const ThemeColors& colors)
{
    const QColor color = inkColor(series.ink, colors);
    return series.faded ? withAlpha(color, fadedAlpha) : color;
}

void drawSeriesMarker(QPainter& painter, QPointF at, const ChartSeries& series, double radius,
                      const PartStyle& style)
{
    const QColor color = seriesColor(series, *style.colors);
    const QColor edge = series.ink >= Ink::Series1 ? style.colors->text : color;
    const Marker marker = series.marker == Marker::None ? Marker::Disc : series.marker;
    drawMarker(painter, at, marker, radius, color,
               QPen(series.faded ? withAlpha(edge, fadedAlpha) : edge, std::max(1.0, style.lineScale * 0.7)));
}

std::pair<double, double> binEdges(const std::vector<double>& x, std::size_t i)
{
    const auto half = [&](std::size_t a, std::size_t b) { return (x[b] - x[a]) / 2; };
    if (x.size() < 2)
        return {x[i] - 0.5, x[i] + 0.5};
    const double before = i > 0 ? half(i - 1, i) : half(i, i + 1);
    const double after = i + 1 < x.size() ? half(i, i + 1) : half(i - 1, i);
    return {x[i] - before, x[i] + after};
}

void paintSeries(QPainter& painter, const ChartSeries& series, const PanelMap& map, const PartStyle& style)
{
    painter.save();
    switch (series.shape) {
    case SeriesShape::Line:
    case SeriesShape::Steps:
    case SeriesShape::StepsAfter:
        paintLine(painter, series, map, style);
        break;
    case SeriesShape::Points:
        paintMarkers(painter, series, map, style);
        break;
    case SeriesShape::Bars:
        paintBars(painter, series, map, style);
        break;
    case SeriesShape::Band:
        paintBand(painter, series, map, style);
        break;
    case SeriesShape::Spans:
        paintSpans(painter, series, map, style);
        break;
    case SeriesShape::Intervals:
        paintIntervals(painter, series, map, style);
        break;
    }
    painter.restore();
}

} // namespace quantoscope
