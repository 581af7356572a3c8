// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svgengine.h"

#include "ui/export/svgtext.h"

#include <QBuffer>
#include <QImage>
#include <QPixmap>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

/// Between the lines of a pattern, in pixels, as Qt draws its own.
constexpr double patternSpacing = 8;

QByteArray attribute(const char* name, double value)
{
    return QByteArray(" ") + name + "=\"" + svgNumber(value) + '"';
}

bool isPattern(Qt::BrushStyle style) { return style >= Qt::Dense1Pattern && style <= Qt::DiagCrossPattern; }

/// The lines of a pattern over a rectangle; the dense ones as closer lines.
QPainterPath patternLines(Qt::BrushStyle style, const QRectF& area)
{
    QPainterPath lines;
    const bool dense = style <= Qt::Dense7Pattern;
    const double spacing = dense ? 2 + (style - Qt::Dense1Pattern) : patternSpacing;
    const auto add = [&lines](double x1, double y1, double x2, double y2) {
        lines.moveTo(x1, y1);
        lines.lineTo(x2, y2);
    };
    const auto first = [spacing](double from) { return std::floor(from / spacing) * spacing; };
    if (style == Qt::HorPattern || style == Qt::CrossPattern)
        for (double y = first(area.top()); y <= area.bottom(); y += spacing)
            add(area.left(), y, area.right(), y);
    if (style == Qt::VerPattern || style == Qt::CrossPattern)
        for (double x = first(area.left()); x <= area.right(); x += spacing)
            add(x, area.top(), x, area.bottom());
    // Anchored at the origin of the page, so that neighbouring areas fit together.
    if (style == Qt::BDiagPattern || style == Qt::DiagCrossPattern || dense)
        for (double sum = first(area.left() + area.top()); sum <= area.right() + area.bottom();
             sum += spacing)
            add(sum - area.bottom(), area.bottom(), sum - area.top(), area.top());
    if (style == Qt::FDiagPattern || style == Qt::DiagCrossPattern)
        for (double shift = first(area.left() - area.bottom()); shift <= area.right() - area.top();
             shift += spacing)
            add(shift + area.top(), area.top(), shift + area.bottom(), area.bottom());
    return lines;
}

QByteArray transformText(const QTransform& t)
{
    return " transform=\"matrix(" + svgNumber(t.m11()) + ' ' + svgNumber(t.m12()) + ' ' + svgNumber(t.m21())
           + ' ' + svgNumber(t.m22()) + ' ' + svgNumber(t.dx()) + ' ' + svgNumber(t.dy()) + ")\"";
}

double pixelSizeOf(const QFont& font)
{
    return font.pixelSize() > 0 ? font.pixelSize() : font.pointSizeF() * 96 / 72;
}

} // namespace

SvgEngine::SvgEngine(SvgText text) : QPaintEngine(AllFeatures), m_textMode(text) {}

bool SvgEngine::begin(QPaintDevice*)
{
    setActive(true);
    return true;
}

bool SvgEngine::end()
{
    if (!m_group.isEmpty())
        m_body += "</g>\n";
    m_group.clear();
    setActive(false);
    return true;
}

double SvgEngine::scale() const { return std::sqrt(std::abs(m_transform.determinant())); }

void SvgEngine::updateState(const QPaintEngineState& now)
{
    const DirtyFlags dirty = now.state();
    if (dirty & DirtyTransform)
        m_transform = now.transform();
    if (dirty & DirtyPen)
        m_pen = now.pen();
    if (dirty & DirtyBrush)
        m_brush = now.brush();
    if (dirty & DirtyOpacity)
        m_opacity = now.opacity();
    if (dirty & DirtyHints)
        m_smooth = now.renderHints() & QPainter::SmoothPixmapTransform;
    if (dirty & (DirtyClipPath | DirtyClipRegion | DirtyClipEnabled))
        updateClip(now);
}

void SvgEngine::updateClip(const QPaintEngineState& now)
{
    if (now.state() & DirtyClipEnabled)
        m_clipEnabled = now.isClipEnabled();
    const Qt::ClipOperation operation = now.clipOperation();
    if (now.state() & DirtyClipPath)
        intersect(m_transform.map(now.clipPath()), operation);
    if (now.state() & DirtyClipRegion) {
        QPainterPath path;
        path.addRegion(now.clipRegion());
        intersect(m_transform.map(path), operation);
    }
}

void SvgEngine::intersect(const QPainterPath& path, Qt::ClipOperation operation)
{
    if (operation == Qt::NoClip) {
        m_hasClip = false;
        return;
    }
    m_clip = operation == Qt::IntersectClip && m_hasClip ? m_clip.intersected(path) : path;
    m_hasClip = true;
    m_clipEnabled = true;
}

QByteArray SvgEngine::clipId(const QPainterPath& path)
{
    const QByteArray text = svgPath(path);
    auto known = m_clips.find(text);
    if (known == m_clips.end()) {
        known = m_clips.insert(text, "c" + QByteArray::number(m_clips.size() + 1));
        m_definitions += "<clipPath id=\"" + *known + "\"><path d=\"" + text + "\"/></clipPath>\n";
    }
    return *known;
}

void SvgEngine::enterClip()
{
    const QByteArray wanted = m_hasClip && m_clipEnabled ? clipId(m_clip) : QByteArray();
    if (wanted == m_group)
        return;
    if (!m_group.isEmpty())
        m_body += "</g>\n";
    if (!wanted.isEmpty())
        m_body += "<g clip-path=\"url(#" + wanted + ")\">\n";
    m_group = wanted;
}

void SvgEngine::addShape(const QPainterPath& path, bool filled)
{
    if (path.isEmpty())
        return;
    enterClip();
    const QPainterPath mapped = m_transform.map(path);
    const bool pattern = filled && isPattern(m_brush.style());
    if (pattern)
        addPattern(mapped);
    const bool plain = filled && m_brush.style() == Qt::SolidPattern && m_brush.color().alpha() > 0;
    if (!plain && m_pen.style() == Qt::NoPen)
        return;
    m_body += "<path d=\"" + svgPath(mapped) + '"';
    m_body += plain ? svgColor("fill", m_brush.color(), m_opacity) : QByteArray(" fill=\"none\"");
    if (plain && path.fillRule() == Qt::OddEvenFill)
        m_body += " fill-rule=\"evenodd\"";
    m_body += svgStroke(m_pen, m_opacity, scale()) + "/>\n";
}

void SvgEngine::addPattern(const QPainterPath& path)
{
    QRectF area = path.boundingRect();
    if (m_hasClip && m_clipEnabled)
        area &= m_clip.boundingRect();
    if (area.isEmpty())
        return;
    QPen pen(m_brush.color(), 1);
    pen.setCapStyle(Qt::FlatCap);
    m_body += "<g clip-path=\"url(#" + clipId(path) + ")\"><path d=\""
              + svgPath(patternLines(m_brush.style(), area)) + "\" fill=\"none\""
              + svgStroke(pen, m_opacity, 1) + "/></g>\n";
}

void SvgEngine::drawPath(const QPainterPath& path) { addShape(path, true); }

void SvgEngine::drawPolygon(const QPointF* points, int count, PolygonDrawMode mode)
{
    if (count < 1)
        return;
    QPainterPath path(points[0]);
    for (int i = 1; i < count; ++i)
        path.lineTo(points[i]);
    const bool filled = mode != PolylineMode;
    if (filled) {
        path.closeSubpath();
        path.setFillRule(mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill);
    }
    addShape(path, filled);
}

void SvgEngine::addOutlines(const QPointF& place, const QTextItem& item)
{
    QFont font = item.font();
    font.setPixelSize(std::max(1, qRound(pixelSizeOf(font))));
    QPainterPath path;
    path.setFillRule(Qt::WindingFill);
    path.addText(place, font, item.text());
    if (path.isEmpty())
        return;
    m_body += "<path d=\"" + svgPath(m_transform.map(path)) + '"' + svgColor("fill", m_pen.color(), m_opacity)
              + "/>\n";
}

void SvgEngine::drawTextItem(const QPointF& place, const QTextItem& item)
{
    if (item.text().trimmed().isEmpty())
        return;
    enterClip();
    if (m_textMode == SvgText::Outlines) {
        addOutlines(place, item);
        return;
    }
    const QFont font = item.font();
    // Rotated texts keep the matrix, others say where they are.
    const bool moved = m_transform.type() <= QTransform::TxTranslate;
    const QPointF at = moved ? m_transform.map(place) : place;
    m_body += "<text" + attribute("x", at.x()) + attribute("y", at.y());
    if (!moved)
        m_body += transformText(m_transform);
    m_body += " font-family=\"" + svgFamilies(font) + '"' + attribute("font-size", pixelSizeOf(font));
    if (font.weight() != QFont::Normal)
        m_body += " font-weight=\"" + QByteArray::number(font.weight()) + '"';
    if (font.italic())
        m_body += " font-style=\"italic\"";
    // Another font in the reader's place takes the same room, so that aligned labels stay aligned.
    if (item.text().size() > 1)
        m_body += attribute("textLength", item.width()) + " lengthAdjust=\"spacingAndGlyphs\"";
    m_body += svgColor("fill", m_pen.color(), m_opacity) + " xml:space=\"preserve\">"
              + xmlEscaped(item.text()) + "</text>\n";
}

void SvgEngine::drawPixmap(const QRectF& target, const QPixmap& pixmap, const QRectF& source)
{
    drawImage(target, pixmap.toImage(), source, Qt::AutoColor);
}

void SvgEngine::drawImage(const QRectF& target, const QImage& image, const QRectF& source,
                          Qt::ImageConversionFlags)
{
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    const QRect part = source.toAlignedRect() & image.rect();
    if (part.isEmpty() || !image.copy(part).save(&buffer, "PNG"))
        return;
    enterClip();
    m_body += "<image" + attribute("x", target.x()) + attribute("y", target.y())
              + attribute("width", target.width()) + attribute("height", target.height())
              + " preserveAspectRatio=\"none\"";
    if (!m_transform.isIdentity())
        m_body += transformText(m_transform);
    if (m_opacity < 1)
        m_body += attribute("opacity", m_opacity);
    if (!m_smooth)
        m_body += " style=\"image-rendering:pixelated\"";
    m_body += " xlink:href=\"data:image/png;base64," + png.toBase64() + "\"/>\n";
}

} // namespace quantoscope
