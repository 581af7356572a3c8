// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartheader.h"

#include <QEvent>
#include <QPainter>

#include <algorithm>

namespace quantoscope {

namespace {
constexpr int gap = 9;
constexpr int maxRows = 3;
} // namespace

ChartHeader::ChartHeader(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void ChartHeader::set(const QString& title, std::vector<LegendItem> items)
{
    m_title = title;
    m_items = std::move(items);
    updateRows();
    update();
}

void ChartHeader::setNote(const QString& note)
{
    if (note == m_note)
        return;
    m_note = note;
    update();
}

void ChartHeader::setLineScale(double lineScale)
{
    m_lineScale = lineScale;
    update();
}

void ChartHeader::setTitleRow(bool visible)
{
    m_titleRow = visible;
    updateGeometry();
}

int ChartHeader::titleHeight() const { return m_titleRow ? QFontMetrics(titleFont()).height() + 3 : 0; }

QFont ChartHeader::titleFont() const
{
    QFont result = font();
    result.setWeight(QFont::DemiBold);
    return result;
}

QFont ChartHeader::itemFont() const
{
    QFont result = font();
    result.setPointSizeF(std::max(6.0, font().pointSizeF() * 8 / 9));
    return result;
}

void ChartHeader::updateRows()
{
    const int rows = std::max(1, legendRows(m_items, itemFont(), width(), maxRows));
    if (rows == m_rows)
        return;
    m_rows = rows;
    updateGeometry();
}

QSize ChartHeader::sizeHint() const { return {200, titleHeight() + m_rows * legendRowHeight(itemFont())}; }

void ChartHeader::resizeEvent(QResizeEvent* event)
{
    updateRows();
    QWidget::resizeEvent(event);
}

void ChartHeader::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange) {
        updateRows();
        updateGeometry();
    }
    QWidget::changeEvent(event);
}

void ChartHeader::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    const int top = titleHeight();
    paintLegend(painter, m_items, itemFont(), QRect(0, top, width(), height() - top), {&colors, m_lineScale});
    if (!m_titleRow)
        return;
    const QFontMetrics metrics(titleFont());
    const QFontMetrics noteMetrics(itemFont());
    // A note is what the pointer asked for: it takes what the title can spare, half of the row at least.
    const int noteWidth = std::min(noteMetrics.horizontalAdvance(m_note),
                                   std::max(width() / 2, width() - gap - metrics.horizontalAdvance(m_title)));
    const int titleWidth = width() - (m_note.isEmpty() ? 0 : noteWidth + gap);
    painter.setFont(titleFont());
    painter.setPen(colors.text);
    painter.drawText(QRect(0, 0, titleWidth, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(m_title, Qt::ElideRight, titleWidth));
    painter.setFont(itemFont());
    painter.setPen(colors.muted);
    painter.drawText(QRect(width() - noteWidth, 0, noteWidth, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter,
                     noteMetrics.elidedText(m_note, Qt::ElideRight, noteWidth));
}

} // namespace quantoscope
