// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plotitems.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

LevelLines::LevelLines(QCustomPlot& plot, QCPAxisRect* rect) : QCPAbstractItem(&plot)
{
    setClipAxisRect(rect);
    setAntialiased(false);
    setSelectable(false);
}

void LevelLines::setLevels(const SetParams& params, CodeRange codes)
{
    m_params = params;
    m_codes = codes;
}

void LevelLines::setStretch(double fixed, double stretch)
{
    m_fixed = fixed;
    m_stretch = stretch;
}

double LevelLines::positionOf(double code) const
{
    const double value = static_cast<double>(m_params.scale) * (code - m_params.zeroPoint)
                         + static_cast<double>(m_params.offset);
    return m_fixed + (value - m_fixed) * m_stretch;
}

void LevelLines::draw(QCPPainter* painter)
{
    if (m_codes.max < m_codes.min)
        return;
    const QRect area = clipRect();
    const QCPAxis* axis = clipAxisRect()->axis(QCPAxis::atBottom);
    const double origin = axis->coordToPixel(positionOf(0));
    const double slope = axis->coordToPixel(positionOf(1)) - origin;
    const double spacing = std::abs(slope);
    if (!(spacing > 0))
        return;
    // Only the codes of visible pixel columns are looked at, one per column.
    const double a = (area.left() - origin) / slope;
    const double b = (area.right() - origin) / slope;
    const double first = std::max<double>(m_codes.min, std::floor(std::min(a, b)));
    const double last = std::min<double>(m_codes.max, std::ceil(std::max(a, b)));
    const double step = std::max(1.0, 1 / spacing);
    std::vector<QLine> lines;
    for (double code = first; code <= last; code += step) {
        const int x = static_cast<int>(std::lround(origin + slope * std::floor(code)));
        if (lines.empty() || lines.back().x1() != x)
            lines.emplace_back(x, area.top(), x, area.bottom());
    }
    // Sixteen lines are lines; thousands would be a wall.
    const double alpha = std::clamp(0.16 + spacing / 14, 0.16, 0.9);
    QColor color = m_color;
    color.setAlphaF(static_cast<float>(alpha));
    painter->setPen(QPen(color, 0));
    painter->drawLines(lines.data(), static_cast<int>(lines.size()));
}

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
