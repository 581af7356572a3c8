// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/tabletwin.h"

#include "ui/models/chartrowsmodel.h"

#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

TableTwin::TableTwin(QWidget* parent)
    : QDialog(parent), m_rows(new ChartRowsModel(this)), m_sorted(new QSortFilterProxyModel(this)),
      m_table(new QTableView), m_caption(new QLabel)
{
    setObjectName(u"tableTwin"_s);
    m_sorted->setSourceModel(m_rows);
    m_sorted->setSortRole(ChartRowsModel::SortRole);
    m_table->setModel(m_sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder);
    m_table->setAlternatingRowColors(true);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    m_caption->setWordWrap(true);
    m_caption->setTextFormat(Qt::PlainText);
    m_caption->setForegroundRole(QPalette::PlaceholderText);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QPushButton* copyButton = buttons->addButton(tr("Copy"), QDialogButtonBox::ActionRole);
    copyButton->setObjectName(u"tableTwinCopy"_s);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_caption);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(copyButton, &QPushButton::clicked, this, &TableTwin::copy);
    auto* shortcut = new QShortcut(QKeySequence::Copy, m_table);
    shortcut->setContext(Qt::WidgetShortcut);
    connect(shortcut, &QShortcut::activated, this, &TableTwin::copy);
    resize(640, 420);
}

TableTwin::~TableTwin() = default;

void TableTwin::setChart(const std::shared_ptr<const Chart>& chart)
{
    m_rows->setChart(chart);
    const QString title = chart ? chart->title : QString();
    setWindowTitle(title.isEmpty() ? tr("Data") : tr("%1: data").arg(title));
    m_table->setAccessibleName(windowTitle());
    m_caption->setText(chart ? chart->caption : QString());
    m_caption->setVisible(!m_caption->text().isEmpty());
    // Widths of the first rows: to measure thousands takes longer than to look.
    const QFontMetrics metrics(m_table->font());
    for (int column = 0; column < m_rows->columnCount(); ++column) {
        int width =
            metrics.horizontalAdvance(m_rows->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString())
            + 28;
        for (int row = 0; row < std::min(40, m_rows->rowCount()); ++row)
            width =
                std::max(width, 16 + metrics.horizontalAdvance(m_rows->index(row, column).data().toString()));
        m_table->setColumnWidth(column, std::min(width, 320));
    }
}

void TableTwin::copy() const
{
    const QModelIndexList selected = m_table->selectionModel()->selectedRows();
    std::vector<int> rows;
    for (const QModelIndex& index : selected)
        rows.push_back(index.row());
    std::sort(rows.begin(), rows.end());
    if (rows.empty())
        for (int row = 0; row < m_sorted->rowCount(); ++row)
            rows.push_back(row);
    QStringList cells;
    for (int column = 0; column < m_sorted->columnCount(); ++column)
        cells << m_rows->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    QStringList lines{cells.join(u'\t')};
    for (const int row : rows) {
        cells.clear();
        for (int column = 0; column < m_sorted->columnCount(); ++column)
            cells << m_sorted->index(row, column).data(Qt::EditRole).toString();
        lines << cells.join(u'\t');
    }
    QApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

} // namespace quantoscope
