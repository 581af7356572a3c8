// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QAbstractTableModel>

namespace quantoscope {

/// The layers of a run in network order: errors of their outputs, and what computes them or why they stay float.
class RunLayersModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Local, Accumulated, Computed, ColumnCount };
    enum Role { SortRole = Qt::UserRole, LayerNameRole };

    explicit RunLayersModel(QObject* parent = nullptr);

    /// Null: no rows.
    void setRun(std::shared_ptr<const NetworkRun> run);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct ColumnInfo;
    static const ColumnInfo& column(int index);

    std::shared_ptr<const NetworkRun> m_run;
};

} // namespace quantoscope
