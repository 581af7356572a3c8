// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace quantoscope {

/// The handle of one clip limit: a line over the plot that mouse and keyboard move. A widget of its own,
/// so that it takes part in the focus order, has a name for assistive technology, and moving it repaints
/// nothing but a strip. Positions are pixels of the parent; what they mean is the plot's business.
class ClipHandle : public QWidget
{
    Q_OBJECT

public:
    explicit ClipHandle(QWidget* parent);

    /// Line at `x`, from `top` to `bottom`.
    void place(double x, int top, int bottom);
    bool isDragging() const { return m_dragging; }

signals:
    void dragStarted();
    void draggedTo(double x);
    void dragFinished();
    void dragCancelled();
    /// A key moved it by that many pixels.
    void stepped(int pixels);
    void endRequested(bool upper); ///< Home: data minimum, End: data maximum
    void resetRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    bool m_dragging = false;
    double m_line = 0;      ///< position of the line in the parent
    double m_lastMouse = 0; ///< parent's pixel of the previous mouse event
};

} // namespace quantoscope
