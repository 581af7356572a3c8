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

void LevelLines::setLevels(const LevelGrid& grid)
{
    m_params = grid.set;
    m_codes = grid.isUniform() ? grid.codes : CodeRange{0, -1};
    m_levels = grid.isUniform() ? std::vector<float>() : grid.values();
}

void LevelLines::setStretch(double fixed, double stretch)
{
    m_fixed = fixed;
    m_stretch = stretch;
}

double LevelLines::positionOf(double code) const
{
    return stretched(static_cast<double>(m_params.scale) * (code - m_params.zeroPoint)
                     + static_cast<double>(m_params.offset));
}

std::vector<int> LevelLines::evenColumns(const QCPAxis& axis, const QRect& area) const
{
    const double origin = axis.coordToPixel(positionOf(0));
    const double slope = axis.coordToPixel(positionOf(1)) - origin;
    if (!(std::abs(slope) > 0) || m_codes.max < m_codes.min)
        return {};
    // Only the codes of visible pixel columns are looked at, one per column.
    const double a = (area.left() - origin) / slope;
    const double b = (area.right() - origin) / slope;
    const double first = std::max<double>(m_codes.min, std::floor(std::min(a, b)));
    const double last = std::min<double>(m_codes.max, std::ceil(std::max(a, b)));
    const double step = std::max(1.0, 1 / std::abs(slope));
    std::vector<int> columns;
    for (double code = first; code <= last; code += step)
        columns.push_back(static_cast<int>(std::lround(origin + slope * std::floor(code))));
    return columns;
}

std::vector<int> LevelLines::unevenColumns(const QCPAxis& axis, const QRect& area) const
{
    std::vector<int> columns;
    for (const float level : m_levels) {
        const double x = axis.coordToPixel(stretched(static_cast<double>(level)));
        if (x >= area.left() && x <= area.right())
            columns.push_back(static_cast<int>(std::lround(x)));
    }
    return columns;
}

void LevelLines::draw(QCPPainter* painter)
{
    const QRect area = clipRect();
    const QCPAxis* axis = clipAxisRect()->axis(QCPAxis::atBottom);
    std::vector<int> columns = m_levels.empty() ? evenColumns(*axis, area) : unevenColumns(*axis, area);
    if (columns.empty())
        return;
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    std::vector<QLine> lines;
    for (const int x : columns)
        lines.emplace_back(x, area.top(), x, area.bottom());
    // Sixteen lines are lines; thousands would be a wall.
    const double spacing =
        static_cast<double>(columns.back() - columns.front() + 1) / static_cast<double>(columns.size());
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
