// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace quantoscope {

/// Numbers that a lecturer asks the room for. Marks are set once, when a view is made.
/// A label, or a card with its tooltip, holds an answer.
void markAnswer(QWidget& widget);
/// A column of a table does.
void markAnswerColumns(QWidget& table, const QList<int>& columns);
/// Shows "?" in place of every answer under `root`, or the answers again.
void concealAnswers(QWidget& root, bool concealed);

/// "?" over a label.
class AnswerCover : public QWidget
{
    Q_OBJECT

public:
    explicit AnswerCover(QWidget& covered);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
};

} // namespace quantoscope
