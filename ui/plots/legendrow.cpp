// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/legendrow.h"

#include "ui/theme.h"

#include <QPainter>

#include <algorithm>

namespace quantoscope {

namespace {
constexpr int swatchWidth = 18;
constexpr int gap = 5;
constexpr int entryGap = 9;
constexpr int lineGap = 3;
} // namespace

LegendRow::LegendRow(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void LegendRow::setTitle(const QString& title)
{
    if (title == m_title)
        return;
    m_title = title;
    update();
}

void LegendRow::setEntries(std::vector<Entry> entries)
{
    m_entries = std::move(entries);
    update();
}

void LegendRow::setNote(const QString& note)
{
    if (note == m_note)
        return;
    m_note = note;
    update();
}

QFont LegendRow::titleFont() const
{
    QFont result = font();
    result.setWeight(QFont::DemiBold);
    return result;
}

QFont LegendRow::entryFont() const
{
    QFont result = font();
    result.setPointSizeF(std::max(6.0, result.pointSizeF() * 8 / 9));
    return result;
}

QSize LegendRow::sizeHint() const
{
    return {200, QFontMetrics(titleFont()).height() + lineGap + QFontMetrics(entryFont()).height()};
}

QSize LegendRow::minimumSizeHint() const { return {0, sizeHint().height()}; }

void LegendRow::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.setFont(titleFont());
    painter.setPen(colors.text);
    const QFontMetrics titleMetrics(titleFont());
    const int titleWidth = titleMetrics.horizontalAdvance(m_title);
    painter.drawText(QRect(0, 0, width(), titleMetrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     titleMetrics.elidedText(m_title, Qt::ElideRight, width()));

    const QFontMetrics metrics(entryFont());
    painter.setFont(entryFont());
    painter.setPen(colors.muted);
    const int noteWidth = width() - titleWidth - entryGap;
    if (noteWidth > 0)
        painter.drawText(QRect(titleWidth + entryGap, 0, noteWidth, titleMetrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(m_note, Qt::ElideRight, noteWidth));

    const int top = titleMetrics.height() + lineGap;
    int x = 0;
    for (const Entry& entry : m_entries) {
        const int textWidth = metrics.horizontalAdvance(entry.text);
        if (x + swatchWidth + gap >= width())
            break;
        paintSwatch(painter, QRectF(x, top + (metrics.height() - 10) / 2, swatchWidth, 10), entry.swatch);
        x += swatchWidth + gap;
        painter.setPen(colors.muted);
        painter.drawText(QRect(x, top, width() - x, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(entry.text, Qt::ElideRight, width() - x));
        x += textWidth + entryGap;
    }
}

void LegendRow::paintSwatch(QPainter& painter, const QRectF& box, Swatch swatch) const
{
    const ThemeColors& colors = themeColors(palette());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const double middle = box.center().y();
    const auto marker = [&](bool triangle, const QColor& fill) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(colors.schemeA, 1.2));
        painter.setBrush(fill);
        const QPointF c = box.center();
        if (triangle)
            painter.drawPolygon(
                QPolygonF{{c.x(), c.y() - 4}, {c.x() + 4, c.y() + 3}, {c.x() - 4, c.y() + 3}});
        else
            painter.drawEllipse(c, 3.5, 3.5);
    };
    switch (swatch) {
    case Swatch::Data:
        painter.setPen(colors.histogram);
        painter.setBrush(withAlpha(colors.histogram, 0.47));
        painter.drawRect(box.adjusted(0, 0, -1, -1));
        break;
    case Swatch::Levels:
        painter.setPen(QPen(colors.schemeA, 1));
        for (int i = 0; i < 4; ++i)
            painter.drawLine(QPointF(box.left() + 2 + i * 5, box.top()),
                             QPointF(box.left() + 2 + i * 5, box.bottom()));
        break;
    case Swatch::Clipped:
        painter.setPen(withAlpha(colors.schemeA, 0.6));
        painter.setBrush(QBrush(withAlpha(colors.schemeA, 0.7), Qt::BDiagPattern));
        painter.drawRect(box.adjusted(0, 0, -1, -1));
        break;
    case Swatch::Step:
        painter.setPen(QPen(colors.schemeA, 2));
        painter.drawPolyline(QPolygonF{{box.left(), box.bottom() - 1},
                                       {box.left() + 6, box.bottom() - 1},
                                       {box.left() + 6, middle},
                                       {box.left() + 12, middle},
                                       {box.left() + 12, box.top() + 1},
                                       {box.right(), box.top() + 1}});
        break;
    case Swatch::Identity:
        painter.setPen(QPen(colors.muted, 1, Qt::DashLine));
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle));
        break;
    case Swatch::Error:
        painter.setPen(colors.schemeA);
        painter.setBrush(colors.roundingError);
        painter.drawRect(box.adjusted(0, 1, -1, -2));
        break;
    case Swatch::Rounding:
        painter.fillRect(box, withAlpha(colors.roundingError, 0.55));
        marker(false, colors.roundingError);
        break;
    case Swatch::Clipping:
        painter.setPen(Qt::NoPen);
        painter.setBrush(QBrush(withAlpha(colors.schemeA, 0.7), Qt::BDiagPattern));
        painter.drawRect(box);
        marker(true, colors.base);
        break;
    case Swatch::Own: {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(colors.text, 1.2));
        painter.setBrush(colors.schemeA);
        const QPointF c = box.center();
        painter.drawPolygon(
            QPolygonF{{c.x(), c.y() - 5}, {c.x() + 5, c.y()}, {c.x(), c.y() + 5}, {c.x() - 5, c.y()}});
        break;
    }
    }
    painter.restore();
}

} // namespace quantoscope
