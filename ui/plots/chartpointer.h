// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartpainter.h"

#include <QObject>
#include <QPointF>

#include <functional>

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

    /// Asked at a press of the left button: whether a point lies there that follows the pointer, in place of panning.
    void setGrab(std::function<bool(QPointF)> grab) { m_grab = std::move(grab); }
    void zoom(QPointF centre, double factor, Qt::Orientations axes);

signals:
    void moved(QPointF pixel);
    void left();
    void clicked(QPointF pixel);
    void grabMoved(QPointF pixel);
    void grabEnded();
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
    std::function<bool(QPointF)> m_grab;
    bool m_grabbed = false;
    Qt::MouseButton m_button = Qt::NoButton;
    std::size_t m_panel = 0;
    bool m_dragged = false;
    QPointF m_start;
    QPointF m_last;
};

} // namespace quantoscope
