// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plotitems.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

HatchZone::HatchZone(QCustomPlot& plot, QCPAxisRect* rect, Side side)
    : QCPAbstractItem(&plot), m_rect(rect), m_side(side)
{
    setClipAxisRect(rect);
    setSelectable(false);
}

void HatchZone::draw(QCPPainter* painter)
{
    const QRect area = m_rect->rect();
    const double limit = m_rect->axis(QCPAxis::atBottom)->coordToPixel(m_limit);
    QRectF zone(area);
    if (m_side == Side::Below)
        zone.setRight(std::min(limit, zone.right()));
    else
        zone.setLeft(std::max(limit, zone.left()));
    if (zone.width() < 1)
        return;
    QColor wash = m_color;
    wash.setAlphaF(0.06f);
    painter->setClipRect(zone);
    painter->fillRect(zone, wash);
    QColor hatch = m_color;
    hatch.setAlphaF(0.40f);
    painter->setPen(QPen(hatch, 1));
    painter->setAntialiasing(true);
    // Lines at a fixed phase: the hatch stands still while a limit moves over it.
    constexpr int spacing = 9;
    const int height = area.height();
    const int first = static_cast<int>(zone.left()) / spacing * spacing - spacing;
    std::vector<QLineF> lines;
    for (int x = first; x < zone.right() + height; x += spacing)
        lines.emplace_back(x, area.top(), x - height, area.bottom());
    painter->drawLines(lines.data(), static_cast<int>(lines.size()));
}

CursorLine::CursorLine(QCustomPlot& plot, QCPAxisRect* rect) : QCPAbstractItem(&plot), m_rect(rect)
{
    setClipAxisRect(rect);
    setAntialiased(false);
    setSelectable(false);
}

void CursorLine::draw(QCPPainter* painter)
{
    const double x = m_rect->axis(QCPAxis::atBottom)->coordToPixel(m_value);
    painter->setPen(m_pen);
    painter->drawLine(QLineF(x, m_rect->top(), x, m_rect->bottom()));
}

} // namespace quantoscope
