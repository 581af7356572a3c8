// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace quantoscope {

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
