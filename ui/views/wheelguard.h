// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QWidget;

namespace quantoscope {

/// Keeps the wheel from changing controls that do not have the focus: it scrolls what is around them instead.
class WheelGuard : public QObject
{
    Q_OBJECT

public:
    /// Guards every combo box, spin box and slider below `root`, which owns the guard.
    static void protect(QWidget& root);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    using QObject::QObject;
};

} // namespace quantoscope
