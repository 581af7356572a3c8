// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/wheelguard.h"

#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QEvent>
#include <QScrollBar>

namespace quantoscope {

void WheelGuard::protect(QWidget& root)
{
    auto* guard = new WheelGuard(&root);
    for (QWidget* widget : root.findChildren<QWidget*>()) {
        const bool slider = qobject_cast<QAbstractSlider*>(widget) && !qobject_cast<QScrollBar*>(widget);
        if (!slider && !qobject_cast<QComboBox*>(widget) && !qobject_cast<QAbstractSpinBox*>(widget))
            continue;
        widget->setFocusPolicy(Qt::StrongFocus); // not WheelFocus
        widget->installEventFilter(guard);
    }
}

bool WheelGuard::eventFilter(QObject* object, QEvent* event)
{
    if (event->type() != QEvent::Wheel || static_cast<QWidget*>(object)->hasFocus())
        return false;
    event->ignore();
    return true;
}

} // namespace quantoscope
