// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace quantoscope {

/// One line above the views that says something and can be dismissed: an error in place, or a hint.
class NoticeBar : public QFrame
{
    Q_OBJECT

public:
    enum class Kind { Hint, Error };
    explicit NoticeBar(Kind kind, QWidget* parent = nullptr);

    /// Shows `text`; `details` (may be empty) go into the tooltip and, for errors, the clipboard with Copy.
    void showText(const QString& text, const QString& details = {});
    void setAction(const QString& label);
    QString text() const;

signals:
    void actionTriggered();
    void dismissed();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void copyText();

    Kind m_kind;
    QString m_details;
    QLabel* m_label;
    QPushButton* m_action;
    QPushButton* m_copy;
};

} // namespace quantoscope
