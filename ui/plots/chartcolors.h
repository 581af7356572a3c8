// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/theme.h"

#include <QPen>
#include <QVector>

class QPainter;

namespace quantoscope {

/// Colours, pens and small shapes that charts and their legends share.
QColor inkColor(Ink ink, const ThemeColors& colors);
/// What fills an area in that ink.
QColor tintColor(Ink ink, const ThemeColors& colors);
QPen inkPen(const QColor& color, Stroke stroke, double width);

/// `radius` in pixels. Series1 … Series6 have a text-coloured outline (give it): two of them are faint on white.
void drawMarker(QPainter& painter, QPointF at, Marker marker, double radius, const QColor& color,
                const QPen& outline);
/// 45° lines, cut to the rectangle as lines, so that no export needs a pattern or a clip.
void drawHatch(QPainter& painter, const QRectF& rect, const QColor& color, double lineScale);
/// Tint, hatch or outline of a rectangle, as zones, bars and swatches have it.
void drawFilledRect(QPainter& painter, const QRectF& rect, Ink ink, Fill fill, const ThemeColors& colors,
                    double lineScale);

/// 254 colours from lo to hi, then two for the checker of values that are not finite.
const QVector<QRgb>& colorTable(ColorMap map, bool dark);
constexpr int colorSteps = 254;

} // namespace quantoscope
