// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartpointer.h"

#include "ui/plots/chartranges.h"

#include <QContextMenuEvent>
#include <QWheelEvent>
#include <qcustomplot.h>

#include <cmath>
#include <utility>

namespace quantoscope {

namespace {

constexpr double dragDistance = 4; ///< pixels; below it is a click
constexpr double notch = 120;      ///< of a wheel
constexpr double zoomPerNotch = 0.8;

/// Moves or stretches an axis so that `a` and `b` (pixels) come to its ends.
void showPixels(QCPAxis& axis, double a, double b)
{
    const double first = axis.pixelToCoord(a);
    const double last = axis.pixelToCoord(b);
    const QCPRange range(first, last); // sorts
    if (QCPRange::validRange(range))
        axis.setRange(range);
}

} // namespace

ChartPointer::ChartPointer(QCustomPlot& canvas, ChartPainter& painter, QObject* parent)
    : QObject(parent), m_canvas(canvas), m_painter(painter)
{
    canvas.setMouseTracking(true);
    canvas.installEventFilter(this);
}

void ChartPointer::zoom(QPointF centre, double factor, Qt::Orientations axes)
{
    const auto panel = m_painter.panelAt(centre);
    if (!panel)
        return;
    QCPAxisRect* rect = m_painter.rect(*panel);
    const auto stretch = [factor](double end, double about) { return about + (end - about) * factor; };
    if (axes & Qt::Horizontal)
        showPixels(*rect->axis(QCPAxis::atBottom), stretch(rect->left(), centre.x()),
                   stretch(rect->left() + rect->width(), centre.x()));
    if (axes & Qt::Vertical)
        showPixels(*rect->axis(QCPAxis::atLeft), stretch(rect->top(), centre.y()),
                   stretch(rect->top() + rect->height(), centre.y()));
    emit rangesChanged();
}

bool ChartPointer::press(const QMouseEvent& event)
{
    const auto panel = m_painter.panelAt(event.position());
    m_button = event.button();
    m_start = m_last = event.position();
    m_dragged = !panel; // nothing to pan outside of the frames
    m_panel = panel.value_or(0);
    m_canvas.setFocus(Qt::MouseFocusReason);
    m_grabbed = m_button == Qt::LeftButton && m_grab && m_grab(m_start);
    return true;
}

bool ChartPointer::move(const QMouseEvent& event)
{
    if (m_button == Qt::NoButton || m_painter.panelCount() <= m_panel) {
        emit moved(event.position());
        return false;
    }
    const QPointF at = event.position();
    if (!m_dragged && (at - m_start).manhattanLength() < dragDistance)
        return true;
    if (m_dragged && !m_painter.panelAt(m_start))
        return true;
    m_dragged = true;
    if (m_grabbed) {
        emit grabMoved(at);
        return true;
    }
    m_canvas.setCursor(Qt::ClosedHandCursor);
    QCPAxisRect* rect = m_painter.rect(m_panel);
    const QPointF by = at - m_last;
    m_last = at;
    showPixels(*rect->axis(QCPAxis::atBottom), rect->left() - by.x(), rect->left() + rect->width() - by.x());
    showPixels(*rect->axis(QCPAxis::atLeft), rect->top() - by.y(), rect->top() + rect->height() - by.y());
    emit rangesChanged();
    return true;
}

bool ChartPointer::release(const QMouseEvent& event)
{
    const Qt::MouseButton button = m_button;
    const bool click = !m_dragged;
    m_button = Qt::NoButton;
    m_canvas.unsetCursor();
    if (std::exchange(m_grabbed, false) && !click)
        emit grabEnded();
    if (button == Qt::LeftButton && click)
        emit clicked(event.position());
    else if (button == Qt::RightButton && (click || !m_painter.panelAt(m_start)))
        emit menuWanted(event.globalPosition().toPoint());
    return true;
}

bool ChartPointer::wheel(const QWheelEvent& event)
{
    if (!m_painter.panelAt(event.position()))
        return false;
    // Alt or Shift turn the wheel sideways on some systems.
    const QPoint angle = event.angleDelta();
    const double delta = angle.y() != 0 ? angle.y() : angle.x();
    const bool vertical = event.modifiers() & Qt::ShiftModifier;
    zoom(event.position(), std::pow(zoomPerNotch, delta / notch), vertical ? Qt::Vertical : Qt::Horizontal);
    return true;
}

bool ChartPointer::eventFilter(QObject*, QEvent* event)
{
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        return press(static_cast<QMouseEvent&>(*event));
    case QEvent::MouseMove:
        return move(static_cast<QMouseEvent&>(*event));
    case QEvent::MouseButtonRelease:
        return release(static_cast<QMouseEvent&>(*event));
    case QEvent::MouseButtonDblClick:
        m_button = Qt::NoButton;
        emit fitWanted();
        return true;
    case QEvent::Wheel:
        return wheel(static_cast<QWheelEvent&>(*event));
    case QEvent::Leave:
        emit left();
        return false;
    case QEvent::ContextMenu: {
        // By key alone: of the mouse's, the release knows whether it was a drag.
        const auto& menu = static_cast<QContextMenuEvent&>(*event);
        if (menu.reason() == QContextMenuEvent::Keyboard)
            emit menuWanted(m_canvas.mapToGlobal(m_canvas.rect().center()));
        return true;
    }
    default:
        return false;
    }
}

} // namespace quantoscope
