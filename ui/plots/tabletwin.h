// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"

#include <QDialog>

class QLabel;
class QSortFilterProxyModel;
class QTableView;

namespace quantoscope {

class ChartRowsModel;

/// The data of a chart as a table: sortable, copyable, readable by assistive tools. Not modal: it follows its chart.
class TableTwin : public QDialog
{
    Q_OBJECT

public:
    explicit TableTwin(QWidget* parent = nullptr);
    ~TableTwin() override;

    void setChart(const std::shared_ptr<const Chart>& chart);
    /// The selected rows, or all, tab-separated.
    void copy() const;

private:
    ChartRowsModel* m_rows;
    QSortFilterProxyModel* m_sorted;
    QTableView* m_table;
    QLabel* m_caption;
};

} // namespace quantoscope
