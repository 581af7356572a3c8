// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"

#include <QAbstractTableModel>

namespace quantoscope {

/// The rows of a chart as a table: a column for each key in the order in which the rows bring them.
class ChartRowsModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    static constexpr int SortRole = Qt::UserRole;

    using QAbstractTableModel::QAbstractTableModel;

    void setChart(std::shared_ptr<const Chart> chart);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const Chart> m_chart;
    std::vector<std::string> m_keys;
};

/// Keys of the rows in order of their first appearance.
std::vector<std::string> rowKeys(const Json& rows);
/// Tab-separated with a header line, numbers with all digits and a point; for the clipboard.
QString tabSeparated(const Json& rows);

} // namespace quantoscope
