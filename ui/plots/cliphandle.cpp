// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/cliphandle.h"

#include "ui/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <cmath>

namespace quantoscope {

namespace {
constexpr int halfWidth = 6; ///< pixels to each side that take the mouse
constexpr double fineFactor = 0.1;
} // namespace

ClipHandle::ClipHandle(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::SplitHCursor);
}

void ClipHandle::place(double x, int top, int bottom)
{
    m_line = x;
    setGeometry(static_cast<int>(std::lround(x)) - halfWidth, top, 2 * halfWidth + 1, bottom - top + 1);
}

void ClipHandle::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    QPainter painter(this);
    painter.fillRect(QRectF(halfWidth - 0.5, 0, 2, height()), colors.schemeA);
    painter.setRenderHint(QPainter::Antialiasing);
    // The grip: a small tab with two triangles that say "sideways".
    const QRectF grip(0.5, 1.5, 2 * halfWidth, 18);
    painter.setBrush(colors.schemeA);
    painter.setPen(hasFocus() ? QPen(colors.text, 2) : QPen(colors.base, 1));
    painter.drawRoundedRect(grip, 3, 3);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colors.base);
    const double middle = grip.center().y();
    const double centre = grip.center().x();
    painter.drawPolygon(
        QPolygonF{{centre - 1.5, middle - 3}, {centre - 1.5, middle + 3}, {centre - 4.5, middle}});
    painter.drawPolygon(
        QPolygonF{{centre + 1.5, middle - 3}, {centre + 1.5, middle + 3}, {centre + 4.5, middle}});
}

void ClipHandle::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return event->ignore();
    m_dragging = true;
    m_lastMouse = mapToParent(event->position().toPoint()).x();
    emit dragStarted();
}

void ClipHandle::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragging)
        return event->ignore();
    const double mouse = mapToParent(event->position().toPoint()).x();
    const double factor = event->modifiers().testFlag(Qt::ShiftModifier) ? fineFactor : 1;
    m_line += (mouse - m_lastMouse) * factor;
    m_lastMouse = mouse;
    emit draggedTo(m_line);
}

void ClipHandle::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_dragging)
        return;
    m_dragging = false;
    emit dragFinished();
}

void ClipHandle::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        emit resetRequested();
}

void ClipHandle::keyPressEvent(QKeyEvent* event)
{
    const int step = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
    switch (event->key()) {
    case Qt::Key_Left:
        return emit stepped(-step);
    case Qt::Key_Right:
        return emit stepped(step);
    case Qt::Key_Home:
        return emit endRequested(false);
    case Qt::Key_End:
        return emit endRequested(true);
    case Qt::Key_Escape:
        if (m_dragging) {
            m_dragging = false;
            return emit dragCancelled();
        }
        break;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

bool ClipHandle::event(QEvent* event)
{
    // Escape cancels the drag before any shortcut of the window sees it.
    if (event->type() == QEvent::ShortcutOverride && m_dragging
        && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    return QWidget::event(event);
}

} // namespace quantoscope
