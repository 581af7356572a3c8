// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/levelgrid.h"

#include <qcustomplot.h>

namespace quantoscope {

/// All levels of a grid as vertical lines, drawn by one item: at most one line per pixel column, fainter
/// the denser they stand, without antialiasing.
class LevelLines : public QCPAbstractItem
{
public:
    LevelLines(QCustomPlot& plot, QCPAxisRect* rect);

    void setLevels(const LevelGrid& grid);
    /// Draws the levels stretched by `stretch` about `fixed` (1: as they are).
    void setStretch(double fixed, double stretch);
    void setColor(const QColor& color) { m_color = color; }
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    double positionOf(double code) const;
    double stretched(double value) const { return m_fixed + (value - m_fixed) * m_stretch; }
    std::vector<int> evenColumns(const QCPAxis& axis, const QRect& area) const;
    std::vector<int> unevenColumns(const QCPAxis& axis, const QRect& area) const;

    SetParams m_params;
    CodeRange m_codes{0, -1};
    std::vector<float> m_levels; ///< where they are not evenly spaced, ascending
    double m_fixed = 0;
    double m_stretch = 1;
    QColor m_color;
};

/// The part of an axis rectangle beyond a limit, hatched at 45° in the hue of the scheme.
class HatchZone : public QCPAbstractItem
{
public:
    enum class Side { Below, Above };
    HatchZone(QCustomPlot& plot, QCPAxisRect* rect, Side side);

    void setLimit(double limit) { m_limit = limit; }
    void setColor(const QColor& color) { m_color = color; }
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    QCPAxisRect* m_rect;
    Side m_side;
    double m_limit = 0;
    QColor m_color;
};

/// A vertical line through one axis rectangle, at a value; the mark of the linked hover.
class CursorLine : public QCPAbstractItem
{
public:
    CursorLine(QCustomPlot& plot, QCPAxisRect* rect);
    void setValue(double value) { m_value = value; }
    void setPen(const QPen& pen) { m_pen = pen; }
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    QCPAxisRect* m_rect;
    double m_value = 0;
    QPen m_pen;
};

} // namespace quantoscope
