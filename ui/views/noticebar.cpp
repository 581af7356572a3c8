// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/noticebar.h"

#include "ui/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace quantoscope {

NoticeBar::NoticeBar(Kind kind, QWidget* parent)
    : QFrame(parent), m_kind(kind), m_label(new QLabel(this)), m_action(new QPushButton(this)),
      m_copy(new QPushButton(tr("Copy"), this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 6, 8, 6);
    layout->addWidget(m_label, 1);
    layout->addWidget(m_action);
    layout->addWidget(m_copy);
    auto* dismiss = new QPushButton(tr("Dismiss"), this);
    layout->addWidget(dismiss);
    m_label->setWordWrap(true);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_label->setTextFormat(Qt::PlainText);
    m_action->hide();
    m_copy->setVisible(kind == Kind::Error);
    connect(m_action, &QPushButton::clicked, this, &NoticeBar::actionTriggered);
    connect(m_copy, &QPushButton::clicked, this, &NoticeBar::copyText);
    connect(dismiss, &QPushButton::clicked, this, [this] {
        hide();
        emit dismissed();
    });
    setAccessibleName(kind == Kind::Error ? tr("Error") : tr("Hint"));
    hide();
}

void NoticeBar::showText(const QString& text, const QString& details)
{
    m_details = details;
    m_label->setText(m_kind == Kind::Error ? u"▲  "_s + text : text);
    m_label->setToolTip(details);
    setAccessibleDescription(text);
    show();
}

void NoticeBar::setAction(const QString& label)
{
    m_action->setText(label);
    m_action->setVisible(!label.isEmpty());
}

QString NoticeBar::text() const { return accessibleDescription(); }

void NoticeBar::copyText()
{
    QApplication::clipboard()->setText(m_details.isEmpty() ? text() : text() + u'\n' + m_details);
}

void NoticeBar::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    const QColor mark = m_kind == Kind::Error ? colors.warning : colors.schemeA;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(withAlpha(mark, 0.55));
    painter.setBrush(withAlpha(mark, colors.dark ? 0.16 : 0.10));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

} // namespace quantoscope
