// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svgtext.h"

#include <QFont>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

bool isXmlCharacter(char32_t c)
{
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD)
           || (c >= 0x10000 && c <= 0x10FFFF);
}

void appendPoint(QByteArray& text, const QPainterPath::Element& element)
{
    text += svgNumber(element.x) + ' ' + svgNumber(element.y);
}

const char* capName(Qt::PenCapStyle cap)
{
    return cap == Qt::FlatCap ? "butt" : cap == Qt::RoundCap ? "round" : "square";
}

const char* joinName(Qt::PenJoinStyle join)
{
    return join == Qt::RoundJoin ? "round" : join == Qt::BevelJoin ? "bevel" : "miter";
}

} // namespace

QByteArray svgNumber(double value)
{
    if (!std::isfinite(value))
        return "0";
    QByteArray text = QByteArray::number(value, 'f', 3);
    while (text.endsWith('0'))
        text.chop(1);
    if (text.endsWith('.'))
        text.chop(1);
    return text == "-0" ? QByteArray("0") : text;
}

QByteArray xmlEscaped(const QString& text)
{
    QString safe;
    for (const char32_t c : text.toUcs4()) {
        switch (c) {
        case U'&':
            safe += u"&amp;"_s;
            break;
        case U'<':
            safe += u"&lt;"_s;
            break;
        case U'>':
            safe += u"&gt;"_s;
            break;
        case U'"':
            safe += u"&quot;"_s;
            break;
        default:
            safe += QString::fromUcs4(isXmlCharacter(c) ? &c : U"\uFFFD", 1);
        }
    }
    return safe.toUtf8();
}

QByteArray svgPath(const QPainterPath& path)
{
    QByteArray text;
    QPointF start;
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPainterPath::Element element = path.elementAt(i);
        switch (element.type) {
        case QPainterPath::MoveToElement:
            text += 'M';
            start = element;
            break;
        case QPainterPath::LineToElement:
            // A closed figure joins its ends instead of capping them.
            if (QPointF(element) == start
                && (i + 1 == path.elementCount() || path.elementAt(i + 1).isMoveTo()) && i > 1
                && !path.elementAt(i - 1).isMoveTo()) {
                text += 'Z';
                continue;
            }
            text += 'L';
            break;
        case QPainterPath::CurveToElement:
            text += 'C';
            break;
        case QPainterPath::CurveToDataElement:
            text += ' ';
            break;
        }
        appendPoint(text, element);
    }
    return text;
}

QByteArray svgColor(const char* name, const QColor& color, double opacity)
{
    QByteArray text = QByteArray(" ") + name + "=\"" + color.name(QColor::HexRgb).toLatin1() + '"';
    const double alpha = color.alphaF() * opacity;
    if (alpha < 1)
        text += QByteArray(" ") + name + "-opacity=\"" + svgNumber(alpha) + '"';
    return text;
}

QByteArray svgStroke(const QPen& pen, double opacity, double scale)
{
    if (pen.style() == Qt::NoPen || pen.brush().style() == Qt::NoBrush)
        return " stroke=\"none\"";
    const double width = pen.widthF() <= 0 ? 1 : pen.isCosmetic() ? pen.widthF() : pen.widthF() * scale;
    QByteArray text = svgColor("stroke", pen.color(), opacity) + " stroke-width=\"" + svgNumber(width) + '"';
    const bool dashed = pen.style() != Qt::SolidLine;
    if (dashed) {
        text += " stroke-dasharray=\"";
        bool first = true;
        const QList<qreal> pattern = pen.dashPattern();
        for (const double length : pattern) {
            text += (first ? "" : ",") + svgNumber(length * width);
            first = false;
        }
        text += '"';
        if (pen.dashOffset() != 0)
            text += " stroke-dashoffset=\"" + svgNumber(pen.dashOffset() * width) + '"';
    }
    text += QByteArray(" stroke-linecap=\"") + capName(pen.capStyle()) + "\" stroke-linejoin=\""
            + joinName(pen.joinStyle()) + '"';
    if (pen.joinStyle() == Qt::MiterJoin || pen.joinStyle() == Qt::SvgMiterJoin)
        text += " stroke-miterlimit=\"" + svgNumber(pen.miterLimit()) + '"';
    return text;
}

QByteArray svgFamilies(const QFont& font)
{
    QStringList families = font.families();
    const auto addOnce = [&families](const QString& family) {
        if (!families.contains(family, Qt::CaseInsensitive))
            families.append(family);
    };
    for (const QString& family : {u"DejaVu Sans"_s, u"Noto Sans"_s, u"Helvetica"_s, u"Arial"_s})
        addOnce(family);
    QByteArray text;
    for (const QString& family : families) {
        // Names that only Qt knows mean nothing to other programs.
        if (family.isEmpty() || family.startsWith(u"Sans", Qt::CaseInsensitive))
            continue;
        QString quoted = family;
        quoted.remove(u'\'');
        text += '\'' + xmlEscaped(quoted) + "', ";
    }
    return text + "sans-serif";
}

} // namespace quantoscope
