// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QAbstractTableModel>

namespace quantoscope {

/// The samples whose answer quantization changed, surest answers of the float network first.
class FlippedModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Sample, Label, Before, After, ColumnCount };

    explicit FlippedModel(QObject* parent = nullptr);

    /// Null: no rows.
    void setRun(std::shared_ptr<const NetworkRun> run);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const FlippedAnswer& at(int row) const;

    std::shared_ptr<const NetworkRun> m_run;
};

} // namespace quantoscope
