// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QPainterPath>
#include <QPen>
#include <QString>

namespace quantoscope {

// Pieces of SVG and XML as text.

/// At most three decimals, "." always, no exponent, no "-0".
QByteArray svgNumber(double value);
/// For contents and for attributes in double quotes. Characters that XML does not allow become U+FFFD.
QByteArray xmlEscaped(const QString& text);
QByteArray svgPath(const QPainterPath& path);
/// ` NAME="#rrggbb"`, and ` NAME-opacity` where the colour is not opaque.
QByteArray svgColor(const char* name, const QColor& color, double opacity);
/// Attributes of the stroke, or ` stroke="none"`. `scale`: of the painter, for pens that follow it.
QByteArray svgStroke(const QPen& pen, double opacity, double scale);
/// A list of families that ends in a generic one.
QByteArray svgFamilies(const QFont& font);

} // namespace quantoscope
