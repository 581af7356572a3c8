// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartelements.h"

#include "ui/plots/chartcolors.h"
#include "ui/plots/chartticker.h"

#include <algorithm>

namespace quantoscope {

namespace {

constexpr int side = 10; ///< empty left and right of header and caption
constexpr int scaleBar = 10;
constexpr int scaleGap = 8;

ChartImage withoutCells(const ChartImage& image)
{
    ChartImage result = image;
    result.cells.reset();
    return result;
}

} // namespace

QFont axisFontOf(const ChartStyle& style)
{
    QFont font = style.font;
    // Exports give pixels: points are another size on another screen.
    if (font.pixelSize() > 0)
        font.setPixelSize(std::max(6, font.pixelSize() * 8 / 9));
    else
        font.setPointSizeF(std::max(6.0, style.font.pointSizeF() * 8 / 9));
    return font;
}

QFont titleFontOf(const ChartStyle& style)
{
    QFont font = style.font;
    font.setWeight(QFont::DemiBold);
    return font;
}

PartStyle partStyleOf(const ChartStyle& style) { return {style.colors, style.lineScale}; }

void HeaderElement::set(const Chart& chart, const ChartStyle& style)
{
    m_title = chart.title;
    m_items = legendOf(chart);
    m_style = style;
}

int HeaderElement::width() const { return mParentPlot->viewport().width() - 2 * side; }

int HeaderElement::height() const
{
    if (!m_style.colors)
        return 0;
    const QFont axis = axisFontOf(m_style);
    const int title = m_title.isEmpty() ? 0 : QFontMetrics(titleFontOf(m_style)).height() + 4;
    return 6 + title + legendRows(m_items, axis, width(), 0) * legendRowHeight(axis) + 2;
}

void HeaderElement::draw(QCPPainter* painter)
{
    if (!m_style.colors)
        return;
    const QFont titleFont = titleFontOf(m_style);
    const QFontMetrics metrics(titleFont);
    int top = rect().top() + 6;
    if (!m_title.isEmpty()) {
        painter->setFont(titleFont);
        painter->setPen(m_style.colors->text);
        painter->drawText(QRect(side, top, width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                          metrics.elidedText(m_title, Qt::ElideRight, width()));
        top += metrics.height() + 4;
    }
    paintLegend(*painter, m_items, axisFontOf(m_style), QRect(side, top, width(), rect().bottom() - top + 4),
                partStyleOf(m_style));
}

void CaptionElement::set(const QString& caption, const ChartStyle& style)
{
    m_caption = caption;
    m_style = style;
}

int CaptionElement::height() const
{
    if (m_caption.isEmpty() || !m_style.colors)
        return 0;
    const QRect room(0, 0, mParentPlot->viewport().width() - 2 * side, QWIDGETSIZE_MAX);
    return QFontMetrics(axisFontOf(m_style)).boundingRect(room, Qt::TextWordWrap, m_caption).height() + 10;
}

void CaptionElement::draw(QCPPainter* painter)
{
    if (m_caption.isEmpty() || !m_style.colors)
        return;
    painter->setFont(axisFontOf(m_style));
    painter->setPen(m_style.colors->muted);
    painter->drawText(QRect(side, rect().top() + 4, mParentPlot->viewport().width() - 2 * side, height()),
                      Qt::TextWordWrap, m_caption);
}

PanelItem::PanelItem(QCustomPlot& plot, QCPAxisRect& rect) : QCPAbstractItem(&plot), m_rect(&rect)
{
    setClipAxisRect(&rect);
    setSelectable(false);
}

void PanelItem::set(const ChartPanel& panel, const ChartStyle& style)
{
    const bool sameTheme = m_style.colors == style.colors;
    std::vector<QImage> images;
    for (std::size_t i = 0; i < panel.images.size(); ++i) {
        const ChartImage& image = panel.images[i];
        const bool had = sameTheme && i < m_panel.images.size() && i < m_images.size()
                         && m_panel.images[i].cells == image.cells && m_panel.images[i].lo == image.lo
                         && m_panel.images[i].hi == image.hi && m_panel.images[i].colors == image.colors
                         && m_panel.images[i].columns == image.columns;
        images.push_back(had ? m_images[i] : indexedImage(image, style.colors->dark));
    }
    m_images = std::move(images);
    m_panel = panel;
    m_style = style;
}

PanelMap PanelItem::map() const
{
    const auto axisMap = [](const QCPAxis& axis) {
        const double lower = axis.range().lower;
        const double upper = axis.range().upper;
        return AxisMap{lower, upper, axis.coordToPixel(lower), axis.coordToPixel(upper),
                       axis.scaleType() == QCPAxis::stLogarithmic};
    };
    return {QRectF(m_rect->rect()), axisMap(*m_rect->axis(QCPAxis::atBottom)),
            axisMap(*m_rect->axis(QCPAxis::atLeft))};
}

void PanelItem::draw(QCPPainter* painter)
{
    if (!m_style.colors)
        return;
    const PanelMap at = map();
    const PartStyle style = partStyleOf(m_style);
    painter->save();
    painter->setOpacity(m_opacity);
    for (std::size_t i = 0; i < m_panel.images.size(); ++i)
        paintImage(*painter, m_panel.images[i], m_images[i], at);
    for (const ChartZone& zone : m_panel.zones)
        paintZone(*painter, zone, at, style);
    for (const ChartSeries& series : m_panel.series)
        paintSeries(*painter, series, at, style);
    for (const ChartLevels& levels : m_panel.levels)
        paintLevels(*painter, levels, at, style);
    paintRuleLines(*painter, m_panel.rules, at, style);
    paintRuleLabels(*painter, m_panel.rules, at, axisFontOf(m_style), style);
    painter->restore();
}

FrameItem::FrameItem(QCustomPlot& plot, QCPAxisRect& rect) : QCPAbstractItem(&plot), m_rect(&rect)
{
    setClipToAxisRect(false);
    setSelectable(false);
}

void FrameItem::set(const ChartPanel& panel, const ChartStyle& style)
{
    m_title = panel.title;
    m_style = style;
    m_scale.reset();
    if (!panel.images.empty())
        m_scale = withoutCells(panel.images.front());
}

QStringList FrameItem::scaleLabels() const
{
    const auto text = [](double value) { return tickText(QString::number(value, 'g', 3).toDouble(), false); };
    return {text(m_scale->lo), text((m_scale->lo + m_scale->hi) / 2), text(m_scale->hi)};
}

QMargins FrameItem::margins() const
{
    const QFontMetrics metrics(axisFontOf(m_style));
    int top = m_title.isEmpty() ? 8 : metrics.height() + 6;
    int right = 12;
    if (m_scale) {
        int widest = 0;
        for (const QString& label : scaleLabels())
            widest = std::max(widest, metrics.horizontalAdvance(label));
        right = scaleGap + scaleBar + 4 + widest + 4;
        if (!m_scale->scaleTitle.isEmpty())
            right += metrics.height() + 2;
    }
    return {0, top, right, 0};
}

void FrameItem::drawScale(QCPPainter* painter) const
{
    const QRect frame = m_rect->rect();
    const QFontMetrics metrics(axisFontOf(m_style));
    const QRect bar(frame.right() + scaleGap, frame.top(), scaleBar, frame.height());
    const QVector<QRgb>& table = colorTable(m_scale->colors, m_style.colors->dark);
    QImage image(1, colorSteps, QImage::Format_RGB32);
    for (int i = 0; i < colorSteps; ++i)
        image.setPixel(0, colorSteps - 1 - i, table[i]);
    painter->drawImage(bar, image);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(m_style.colors->outline);
    painter->drawRect(bar);
    painter->setPen(m_style.colors->muted);
    const QStringList labels = scaleLabels();
    const bool middle = bar.height() > 4 * metrics.height();
    for (int i = 0; i < 3; ++i) {
        if (i == 1 && !middle)
            continue;
        const int y = i == 0   ? bar.bottom() - metrics.height() + 2
                      : i == 1 ? bar.center().y() - metrics.height() / 2
                               : bar.top() - 2;
        painter->drawText(QPointF(bar.right() + 4, y + metrics.ascent()), labels[i]);
    }
    if (m_scale->scaleTitle.isEmpty())
        return;
    painter->save();
    painter->translate(frame.right() + margins().right() - metrics.height(), frame.center().y());
    painter->rotate(90);
    const QString title = metrics.elidedText(m_scale->scaleTitle, Qt::ElideRight, frame.height());
    painter->drawText(QPointF(-metrics.horizontalAdvance(title) / 2.0, 0), title);
    painter->restore();
}

void FrameItem::draw(QCPPainter* painter)
{
    if (!m_style.colors)
        return;
    const QFontMetrics metrics(axisFontOf(m_style));
    painter->setFont(axisFontOf(m_style));
    if (!m_title.isEmpty()) {
        painter->setPen(m_style.colors->text);
        painter->drawText(
            QRect(m_rect->left(), m_rect->top() - metrics.height() - 3, m_rect->width(), metrics.height()),
            Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(m_title, Qt::ElideRight, m_rect->width()));
    }
    if (m_scale)
        drawScale(painter);
}

MessageItem::MessageItem(QCustomPlot& plot) : QCPAbstractItem(&plot)
{
    setClipToAxisRect(false);
    setSelectable(false);
}

void MessageItem::set(const QString& text, const ChartStyle& style)
{
    m_text = text;
    m_style = style;
    setVisible(!text.isEmpty());
}

void MessageItem::draw(QCPPainter* painter)
{
    if (!m_style.colors)
        return;
    painter->setFont(m_style.font);
    painter->setPen(m_style.colors->muted);
    const QRect view = mParentPlot->viewport();
    const int margin = std::min(view.width() / 10, 60);
    painter->drawText(view.adjusted(margin, 8, -margin, -8), Qt::AlignCenter | Qt::TextWordWrap, m_text);
}

} // namespace quantoscope
