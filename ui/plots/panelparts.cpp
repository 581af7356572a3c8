// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/panelparts.h"

#include "ui/plots/chartcolors.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Pixel columns of the levels that can be seen, ascending, each once.
std::vector<int> columnsOf(const ChartLevels& levels, const PanelMap& map)
{
    const int left = static_cast<int>(std::ceil(map.area.left()));
    const int right = static_cast<int>(std::floor(map.area.right()));
    std::vector<int> columns;
    const auto add = [&](double value) {
        const double x = map.x.pixel(value);
        if (x >= left && x <= right)
            columns.push_back(static_cast<int>(std::lround(x)));
    };
    if (!levels.values.empty()) {
        const double lo = std::min(map.x.lo, map.x.hi);
        const double hi = std::max(map.x.lo, map.x.hi);
        const auto first = std::lower_bound(levels.values.begin(), levels.values.end(), lo);
        const auto last = std::upper_bound(first, levels.values.end(), hi);
        std::for_each(first, last, add);
    } else if (levels.count > 0 && levels.step > 0) {
        // At most one level per column is looked at, however many there are.
        const double last = double(levels.count - 1);
        const double perPixel = std::abs(map.x.value(left + 1) - map.x.value(left)) / levels.step;
        const double lo = std::min(map.x.value(left), map.x.value(right));
        const double hi = std::max(map.x.value(left), map.x.value(right));
        const double from = std::clamp(std::floor((lo - levels.first) / levels.step), 0.0, last);
        const double to = std::clamp(std::ceil((hi - levels.first) / levels.step), 0.0, last);
        const double stride = map.x.log ? 1.0 : std::max(1.0, perPixel);
        for (double code = from; code <= to; code += stride)
            add(levels.first + levels.step * std::round(code));
    }
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    return columns;
}

QRectF boxOf(QPointF corner, QSizeF size) { return {corner, size}; }

/// The first place, from the wanted one along `step`, where the box meets no other.
QRectF freePlace(QRectF box, QPointF step, const std::vector<QRectF>& taken, const QRectF& area)
{
    for (int i = 0; i < 40; ++i) {
        const auto meets = std::find_if(taken.begin(), taken.end(),
                                        [&](const QRectF& other) { return other.intersects(box); });
        if (meets == taken.end())
            return area.contains(box.center()) ? box : QRectF();
        box.translate(step);
    }
    return {};
}

} // namespace

void paintZone(QPainter& painter, const ChartZone& zone, const PanelMap& map, const PartStyle& style)
{
    const bool along = zone.orientation == Qt::Horizontal;
    const AxisMap& axis = along ? map.x : map.y;
    // Infinite ends lie beyond the frame on the axis' own side, reversed or not.
    double from = axis.pixel(zone.from);
    double to = axis.pixel(zone.to);
    if (std::isnan(from) || std::isnan(to))
        return;
    if (from > to)
        std::swap(from, to);
    QRectF rect = map.area;
    if (along) {
        rect.setLeft(std::max(rect.left(), from));
        rect.setRight(std::min(rect.right(), to));
    } else {
        rect.setTop(std::max(rect.top(), from));
        rect.setBottom(std::min(rect.bottom(), to));
    }
    if (rect.width() < 1 || rect.height() < 1)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    if (zone.fill == Fill::Hatch)
        drawFilledRect(painter, rect, zone.ink, Fill::Hatch, *style.colors, style.lineScale);
    else
        painter.fillRect(rect, withAlpha(inkColor(zone.ink, *style.colors), 0.12));
}

void paintLevels(QPainter& painter, const ChartLevels& levels, const PanelMap& map, const PartStyle& style)
{
    const std::vector<int> columns = columnsOf(levels, map);
    if (columns.empty())
        return;
    QVector<QLineF> lines;
    for (const int x : columns)
        lines.append(QLineF(x, map.area.top(), x, map.area.bottom()));
    // Sixteen lines are lines; thousands would be a wall.
    const double spacing = double(columns.back() - columns.front() + 1) / double(columns.size());
    const double alpha = std::clamp(0.16 + spacing / 14, 0.16, 0.9);
    const double width = spacing > 6 * style.lineScale ? style.lineScale : 1;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(inkPen(withAlpha(inkColor(levels.ink, *style.colors), alpha), levels.stroke, width));
    painter.drawLines(lines);
}

void paintRuleLines(QPainter& painter, const std::vector<ChartRule>& rules, const PanelMap& map,
                    const PartStyle& style)
{
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (const ChartRule& rule : rules) {
        const bool upright = rule.orientation == Qt::Vertical;
        const double at = std::round((upright ? map.x : map.y).pixel(rule.at));
        if (std::isnan(at))
            continue;
        painter.setPen(inkPen(inkColor(rule.ink, *style.colors), rule.stroke, style.lineScale));
        if (upright)
            painter.drawLine(QPointF(at, map.area.top()), QPointF(at, map.area.bottom()));
        else
            painter.drawLine(QPointF(map.area.left(), at), QPointF(map.area.right(), at));
    }
}

void paintRuleLabels(QPainter& painter, const std::vector<ChartRule>& rules, const PanelMap& map,
                     const QFont& font, const PartStyle& style)
{
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    std::vector<QRectF> taken;
    for (const ChartRule& rule : rules) {
        const bool upright = rule.orientation == Qt::Vertical;
        const double at = (upright ? map.x : map.y).pixel(rule.at);
        const bool seen = upright ? at >= map.area.left() && at <= map.area.right()
                                  : at >= map.area.top() && at <= map.area.bottom();
        if (rule.label.isEmpty() || !seen)
            continue;
        const QString text = metrics.elidedText(rule.label, Qt::ElideRight, map.area.width() - 10);
        const QSizeF size(metrics.horizontalAdvance(text) + 6, metrics.height());
        QRectF box;
        if (upright) {
            const bool toLeft = at + 3 + size.width() > map.area.right();
            box = boxOf(
                {toLeft ? std::max(map.area.left(), at - 3 - size.width()) : at + 3, map.area.top() + 2},
                size);
            box = freePlace(box, {0, size.height() + 1}, taken, map.area);
        } else {
            const bool below = at - size.height() - 1 < map.area.top();
            box = boxOf({map.area.right() - size.width() - 3, below ? at + 1 : at - size.height() - 1}, size);
            box = freePlace(box, {-size.width() - 4, 0}, taken, map.area);
        }
        if (box.isNull())
            continue;
        taken.push_back(box);
        painter.fillRect(box, withAlpha(style.colors->base, 0.8));
        const QColor color = inkColor(rule.ink, *style.colors);
        painter.setPen(rule.ink == Ink::Data || rule.ink == Ink::Rounding ? style.colors->muted : color);
        painter.drawText(box, Qt::AlignCenter, text);
    }
}

QImage indexedImage(const ChartImage& image, bool dark)
{
    const std::size_t count = image.rows * image.columns;
    if (!image.cells || count == 0 || image.cells->size() < count)
        return {};
    QImage result(static_cast<int>(image.columns), static_cast<int>(image.rows), QImage::Format_Indexed8);
    if (result.isNull())
        return {};
    result.setColorTable(colorTable(image.colors, dark));
    const auto lo = static_cast<float>(image.lo);
    const float slope =
        image.hi > image.lo ? float(colorSteps - 1) / static_cast<float>(image.hi - image.lo) : 0;
    const float* cell = image.cells->data();
    for (std::size_t row = 0; row < image.rows; ++row) {
        uchar* line = result.scanLine(static_cast<int>(row));
        for (std::size_t column = 0; column < image.columns; ++column, ++cell) {
            const float at = (*cell - lo) * slope + 0.5f;
            line[column] = std::isfinite(*cell)
                               ? static_cast<uchar>(std::clamp(at, 0.0f, float(colorSteps - 1)))
                               : static_cast<uchar>(colorSteps + ((row + column) & 1));
        }
    }
    return result;
}

void paintImage(QPainter& painter, const ChartImage& image, const QImage& pixels, const PanelMap& map)
{
    if (pixels.isNull())
        return;
    // Only the cells in sight: far zooms would make targets of millions of pixels.
    const auto seen = [](double first, double last, std::size_t cells, const AxisMap& axis, int& from,
                         int& to) {
        const double a = (axis.lo - first) / (last - first) * double(cells);
        const double b = (axis.hi - first) / (last - first) * double(cells);
        from = static_cast<int>(std::clamp(std::floor(std::min(a, b)), 0.0, double(cells)));
        to = static_cast<int>(std::clamp(std::ceil(std::max(a, b)), 0.0, double(cells)));
    };
    int left = 0, right = 0, top = 0, bottom = 0;
    seen(image.left, image.right, image.columns, map.x, left, right);
    seen(image.top, image.bottom, image.rows, map.y, top, bottom);
    if (left >= right || top >= bottom)
        return;
    const auto xOf = [&](int column) {
        return map.x.pixel(image.left + (image.right - image.left) * column / double(image.columns));
    };
    const auto yOf = [&](int row) {
        return map.y.pixel(image.top + (image.bottom - image.top) * row / double(image.rows));
    };
    QRectF target(QPointF(xOf(left), yOf(top)), QPointF(xOf(right), yOf(bottom)));
    QImage part = pixels;
    QRectF source(left, top, right - left, bottom - top);
    if (target.width() < 0 || target.height() < 0) {
        part = pixels.copy(source.toRect()).mirrored(target.width() < 0, target.height() < 0);
        source = QRectF(part.rect());
        target = target.normalized();
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(target, part, source);
}

} // namespace quantoscope
