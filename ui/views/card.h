// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

namespace quantoscope {

/// A rounded panel in the base colour with a thin outline: what plots and numbers stand on.
class Card : public QFrame
{
    Q_OBJECT

public:
    explicit Card(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace quantoscope
