// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace quantoscope {

/// Cells with a thin bar under the number: how much it is of the column's largest.
class CellBars : public QStyledItemDelegate
{
    Q_OBJECT

public:
    /// `role`: of the model, a share 0 … 1 or invalid.
    explicit CellBars(int role, QObject* parent = nullptr);
    /// This row is tinted, as the pointer is at its layer elsewhere; -1: none.
    void setMarkedRow(int row) { m_marked = row; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;

private:
    int m_role;
    int m_marked = -1;
};

} // namespace quantoscope
