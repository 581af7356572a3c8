// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/scenesdialog.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

ScenesDialog::ScenesDialog(QWidget* parent) : QDialog(parent), m_list(new QListWidget)
{
    setObjectName(u"scenesDialog"_s);
    setWindowTitle(tr("Scenes"));
    resize(480, 340);
    m_list->setObjectName(u"sceneList"_s);
    m_list->setAccessibleName(tr("Scenes"));
    m_list->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    auto* note =
        new QLabel(tr("A scene keeps schemes, pins, layer and tab. Present (F5) steps through them with Page "
                      "Up and Page Down; they are saved with the session."));
    note->setWordWrap(true);
    auto* side = new QVBoxLayout;
    connect(addButton(tr("&Add What Is Shown"), "addScene", *side), &QPushButton::clicked, this,
            &ScenesDialog::addRequested);
    auto* show = addButton(tr("&Show"), "showScene", *side);
    connect(show, &QPushButton::clicked, this, [this] { emit showRequested(m_list->currentRow()); });
    auto* rename = addButton(tr("&Rename"), "renameScene", *side);
    connect(rename, &QPushButton::clicked, this, [this] { m_list->editItem(m_list->currentItem()); });
    m_up = addButton(tr("&Up"), "sceneUp", *side);
    connect(m_up, &QPushButton::clicked, this, [this] { emit moved(m_list->currentRow(), -1); });
    m_down = addButton(tr("&Down"), "sceneDown", *side);
    connect(m_down, &QPushButton::clicked, this, [this] { emit moved(m_list->currentRow(), 1); });
    auto* remove = addButton(tr("D&elete"), "deleteScene", *side);
    connect(remove, &QPushButton::clicked, this, [this] { emit removed(m_list->currentRow()); });
    m_ofOne = {show, rename, remove};
    side->addStretch(1);
    auto* middle = new QHBoxLayout;
    middle->addWidget(m_list, 1);
    middle->addLayout(side);
    auto* close = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(close, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(note);
    layout->addLayout(middle, 1);
    layout->addWidget(close);
    connect(m_list, &QListWidget::currentRowChanged, this, &ScenesDialog::updateButtons);
    connect(m_list, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        if (!m_filling)
            emit renamed(m_list->row(item), item->text());
    });
    updateButtons();
}

QPushButton* ScenesDialog::addButton(const QString& text, const char* name, QLayout& layout)
{
    auto* button = new QPushButton(text);
    button->setObjectName(QString::fromLatin1(name));
    button->setAutoDefault(false);
    layout.addWidget(button);
    return button;
}

void ScenesDialog::setScenes(const QStringList& names, int chosen)
{
    QStringList shown;
    for (int i = 0; i < m_list->count(); ++i)
        shown << m_list->item(i)->text();
    if (shown == names) // a name that was typed here comes back while its item is being edited
        return m_list->setCurrentRow(chosen);
    m_filling = true;
    m_list->clear();
    for (const QString& name : names) {
        auto* item = new QListWidgetItem(name, m_list);
        item->setFlags(item->flags() | Qt::ItemIsEditable);
    }
    m_list->setCurrentRow(std::clamp(chosen, names.isEmpty() ? -1 : 0, static_cast<int>(names.size()) - 1));
    m_filling = false;
    updateButtons();
}

void ScenesDialog::updateButtons()
{
    const int row = m_list->currentRow();
    for (QPushButton* button : m_ofOne)
        button->setEnabled(row >= 0);
    m_up->setEnabled(row > 0);
    m_down->setEnabled(row >= 0 && row + 1 < m_list->count());
}

} // namespace quantoscope
