// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session.h"

#include <QObject>

namespace quantoscope {

class MainWindow;
class NumbersView;

/// Connects the Numbers tab with the present scheme. At most 64 numbers: computed where it is asked.
class NumbersController : public QObject
{
    Q_OBJECT

public:
    NumbersController(MainWindow& window, Session& session, QObject* parent = nullptr);

private:
    void update();

    Session& m_session;
    NumbersView* m_view;
};

} // namespace quantoscope
