// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QVBoxLayout;

namespace quantoscope {

class ElidedLabel;

/// What a room sees under the view: which scene, layer and scheme this is, and the numbers.
class PresentBar : public QWidget
{
    Q_OBJECT

public:
    explicit PresentBar(QWidget* parent = nullptr);

    void setCaption(const QString& what, const QString& place);
    /// The numbers are lent: their owner takes them back.
    void setCards(QWidget* cards);

private:
    QVBoxLayout* m_layout;
    ElidedLabel* m_what;
    ElidedLabel* m_place;
};

} // namespace quantoscope
