// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartpainter.h"

#include <QObject>
#include <QPointF>

class QCPAxis;
class QContextMenuEvent;
class QMouseEvent;
class QWheelEvent;

namespace quantoscope {

/// What the pointer does on the canvas of a chart: wheel zooms x (Shift: y), dragging with the left or right button pans, a double click
/// fits, a click is a click. Values of controls never change by the wheel here.
class ChartPointer : public QObject
{
    Q_OBJECT

public:
    ChartPointer(QCustomPlot& canvas, ChartPainter& painter, QObject* parent);

    void zoom(QPointF centre, double factor, Qt::Orientations axes);

signals:
    void moved(QPointF pixel);
    void left();
    void clicked(QPointF pixel);
    void fitWanted();
    void menuWanted(QPoint globalPosition);
    /// Ranges were changed by hand.
    void rangesChanged();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool press(const QMouseEvent& event);
    bool move(const QMouseEvent& event);
    bool release(const QMouseEvent& event);
    bool wheel(const QWheelEvent& event);

    QCustomPlot& m_canvas;
    ChartPainter& m_painter;
    Qt::MouseButton m_button = Qt::NoButton;
    std::size_t m_panel = 0;
    bool m_dragged = false;
    QPointF m_start;
    QPointF m_last;
};

} // namespace quantoscope
