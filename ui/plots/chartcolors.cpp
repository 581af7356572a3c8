// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartcolors.h"

#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace quantoscope {

QColor inkColor(Ink ink, const ThemeColors& colors)
{
    // Okabe and Ito's, told apart with every colour vision.
    constexpr std::array<QRgb, 6> series{0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9};
    switch (ink) {
    case Ink::Data:
        return colors.histogram;
    case Ink::SchemeA:
        return colors.schemeA;
    case Ink::SchemeB:
        return colors.schemeB;
    case Ink::Rounding:
        return colors.roundingError;
    case Ink::Muted:
        return colors.muted;
    case Ink::Text:
        return colors.text;
    case Ink::Warning:
        return colors.warning;
    case Ink::Ok:
        return colors.ok;
    default:
        return QColor(series[static_cast<std::size_t>(ink) - static_cast<std::size_t>(Ink::Series1)]);
    }
}

QColor tintColor(Ink ink, const ThemeColors& colors)
{
    const double alpha = ink == Ink::Data ? 0.47 : ink == Ink::Rounding ? 0.60 : 0.22;
    return withAlpha(inkColor(ink, colors), alpha);
}

QPen inkPen(const QColor& color, Stroke stroke, double width)
{
    QPen pen(color, width);
    pen.setJoinStyle(Qt::MiterJoin);
    pen.setCapStyle(Qt::FlatCap);
    if (stroke == Stroke::Dashed)
        pen.setDashPattern({5, 3});
    else if (stroke == Stroke::Dotted)
        pen.setDashPattern({1.5, 2.5});
    return pen;
}

void drawMarker(QPainter& painter, QPointF at, Marker marker, double radius, const QColor& color,
                const QPen& outline)
{
    const double r = radius;
    const auto polygon = [&](std::initializer_list<QPointF> corners) {
        QPolygonF shape(corners);
        shape.translate(at);
        painter.drawPolygon(shape);
    };
    painter.setPen(outline);
    painter.setBrush(color);
    switch (marker) {
    case Marker::None:
        break;
    case Marker::Disc:
        painter.drawEllipse(at, r, r);
        break;
    case Marker::Ring:
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(color, std::max(1.5, r * 0.5)));
        painter.drawEllipse(at, r, r);
        break;
    case Marker::Square:
        painter.drawRect(QRectF(at.x() - r * 0.9, at.y() - r * 0.9, r * 1.8, r * 1.8));
        break;
    case Marker::Triangle:
        polygon({{0, -r * 1.15}, {r * 1.1, r * 0.85}, {-r * 1.1, r * 0.85}});
        break;
    case Marker::TriangleDown:
        polygon({{0, r * 1.15}, {r * 1.1, -r * 0.85}, {-r * 1.1, -r * 0.85}});
        break;
    case Marker::Diamond:
        polygon({{0, -r * 1.25}, {r * 1.25, 0}, {0, r * 1.25}, {-r * 1.25, 0}});
        break;
    case Marker::Plus: {
        const double w = r * 0.42;
        const double l = r * 1.2;
        polygon({{-w, -l},
                 {w, -l},
                 {w, -w},
                 {l, -w},
                 {l, w},
                 {w, w},
                 {w, l},
                 {-w, l},
                 {-w, w},
                 {-l, w},
                 {-l, -w},
                 {-w, -w}});
        break;
    }
    }
}

void drawHatch(QPainter& painter, const QRectF& rect, const QColor& color, double lineScale)
{
    if (!(rect.width() >= 1) || !(rect.height() >= 1))
        return;
    // Lines x + y = c at a fixed phase: the hatch stands still while an edge moves over it.
    const double spacing = rect.width() < 24 || rect.height() < 14 ? 5 : 8 * std::max(1.0, lineScale * 0.7);
    const double first = std::ceil((rect.left() + rect.top()) / spacing) * spacing;
    QVector<QLineF> lines;
    for (double c = first; c < rect.right() + rect.bottom(); c += spacing) {
        const double x0 = std::max(rect.left(), c - rect.bottom());
        const double x1 = std::min(rect.right(), c - rect.top());
        if (x1 > x0)
            lines.append(QLineF(x0, c - x0, x1, c - x1));
    }
    painter.setPen(QPen(color, lineScale));
    painter.drawLines(lines);
}

void drawFilledRect(QPainter& painter, const QRectF& rect, Ink ink, Fill fill, const ThemeColors& colors,
                    double lineScale)
{
    const QColor color = inkColor(ink, colors);
    switch (fill) {
    case Fill::None:
        painter.fillRect(rect, withAlpha(color, 0.85));
        break;
    case Fill::Tint:
        painter.fillRect(rect, tintColor(ink, colors));
        break;
    case Fill::Hatch:
        painter.fillRect(rect, withAlpha(color, 0.06));
        drawHatch(painter, rect, withAlpha(color, 0.45), lineScale);
        break;
    }
}

namespace {

QVector<QRgb> tableOf(std::span<const QRgb> stops)
{
    QVector<QRgb> table;
    for (int i = 0; i < colorSteps; ++i) {
        const double at = double(i) / (colorSteps - 1) * double(stops.size() - 1);
        const auto left = std::min(static_cast<std::size_t>(at), stops.size() - 2);
        const double t = at - double(left);
        const auto mixed = [&](int (*part)(QRgb)) {
            return static_cast<int>(std::lround((1 - t) * part(stops[left]) + t * part(stops[left + 1])));
        };
        table.append(qRgb(mixed(qRed), mixed(qGreen), mixed(qBlue)));
    }
    table.append(qRgb(0xFF, 0x00, 0xFF));
    table.append(qRgb(0x90, 0x00, 0x90));
    return table;
}

} // namespace

const QVector<QRgb>& colorTable(ColorMap map, bool dark)
{
    constexpr std::array<QRgb, 6> cividis{0x00204D, 0x31446B, 0x666970, 0x958F78, 0xCBBA69, 0xFFEA46};
    constexpr std::array<QRgb, 5> light{0x08519C, 0x6BAED6, 0xF7F7F7, 0xFDAE6B, 0xA63603};
    constexpr std::array<QRgb, 5> night{0x9ECAE1, 0x2171B5, 0x15181C, 0xD94801, 0xFDD0A2};
    static const QVector<QRgb> sequential = tableOf(cividis);
    static const QVector<QRgb> divergingLight = tableOf(light);
    static const QVector<QRgb> divergingDark = tableOf(night);
    if (map == ColorMap::Sequential)
        return sequential;
    return dark ? divergingDark : divergingLight;
}

} // namespace quantoscope
