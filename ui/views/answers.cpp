// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/answers.h"

#include "ui/theme.h"
#include "ui/views/card.h"

#include <QAbstractItemView>
#include <QEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVariant>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr auto answerName = "quantoscopeAnswer";
constexpr auto columnsName = "quantoscopeAnswerColumns";
const QString unknown = u"?"_s;

/// Draws a table with "?" in the columns of answers.
class AnswerDelegate : public QStyledItemDelegate
{
public:
    AnswerDelegate(QList<int> columns, QAbstractItemDelegate* before, QObject* parent)
        : QStyledItemDelegate(parent), m_columns(std::move(columns)), m_before(before)
    {
    }
    QAbstractItemDelegate* before() const { return m_before; }
    bool helpEvent(QHelpEvent*, QAbstractItemView*, const QStyleOptionViewItem&, const QModelIndex&) override
    {
        return true; // tooltips tell
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        if (m_columns.contains(index.column()) && !option->text.isEmpty())
            option->text = unknown;
    }

private:
    QList<int> m_columns;
    QAbstractItemDelegate* m_before;
};

void concealColumns(QAbstractItemView& table, const QList<int>& columns, bool concealed)
{
    auto* present = dynamic_cast<AnswerDelegate*>(table.itemDelegate());
    if (concealed && !present) {
        table.setItemDelegate(new AnswerDelegate(columns, table.itemDelegate(), &table));
    } else if (!concealed && present) {
        table.setItemDelegate(present->before());
        present->deleteLater();
    }
    table.viewport()->update();
}

void conceal(QWidget& widget, bool concealed)
{
    auto* cover = widget.findChild<AnswerCover*>(QString(), Qt::FindDirectChildrenOnly);
    if (concealed && !cover)
        (new AnswerCover(widget))->show();
    else if (!concealed)
        delete cover;
}

} // namespace

void markAnswer(QWidget& widget) { widget.setProperty(answerName, true); }

void markAnswerColumns(QWidget& table, const QList<int>& columns)
{
    table.setProperty(columnsName, QVariant::fromValue(columns));
}

void concealAnswers(QWidget& root, bool concealed)
{
    // Revealing deletes covers, which are children too.
    QList<QWidget*> widgets = root.findChildren<QWidget*>();
    widgets.removeIf([](QWidget* widget) { return qobject_cast<AnswerCover*>(widget) != nullptr; });
    for (QWidget* widget : widgets) {
        if (widget->property(answerName).toBool())
            conceal(*widget, concealed);
        const auto columns = widget->property(columnsName).value<QList<int>>();
        if (auto* table = qobject_cast<QAbstractItemView*>(widget); table && !columns.isEmpty())
            concealColumns(*table, columns, concealed);
    }
}

AnswerCover::AnswerCover(QWidget& covered) : QWidget(&covered)
{
    setAccessibleName(tr("Hidden answer"));
    setGeometry(covered.rect());
    covered.installEventFilter(this);
}

bool AnswerCover::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize)
        setGeometry(static_cast<QWidget*>(watched)->rect());
    return event->type() == QEvent::ToolTip;
}

bool AnswerCover::event(QEvent* event)
{
    // What lies under it has a tooltip with the number.
    return event->type() == QEvent::ToolTip || QWidget::event(event);
}

void AnswerCover::paintEvent(QPaintEvent*)
{
    const ThemeColors& colors = themeColors(palette());
    bool onCard = false;
    for (const QWidget* widget = parentWidget(); widget && !onCard; widget = widget->parentWidget())
        onCard = qobject_cast<const Card*>(widget) != nullptr;
    QPainter painter(this);
    painter.fillRect(rect(), onCard ? colors.base : colors.window);
    painter.setPen(colors.text);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, unknown);
}

} // namespace quantoscope
