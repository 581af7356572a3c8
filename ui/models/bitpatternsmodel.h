// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/numbers/numbers.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace quantoscope {

/// One number as bits: in float formats (sign, exponent, fraction), as the code of the scheme, and where that code lies among the packed ones.
class BitPatternsModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Bits, Value, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// Number `row` of `picture`; empty without one.
    void show(const std::shared_ptr<const NumbersPicture>& picture, std::size_t row);
    /// Tab-separated, with a header line.
    QString toText() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QString name;
        QString bits;
        QString value;
        QString tip;
    };

    void addFloats(float x);
    void addCode(const NumbersPicture& picture, std::size_t row);

    std::vector<Row> m_rows;
};

} // namespace quantoscope
