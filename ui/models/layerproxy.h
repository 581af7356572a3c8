// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSortFilterProxyModel>

namespace quantoscope {

/// Sorts layers by the raw values, missing numbers last in both directions, and filters by the words of
/// a text: each word must occur in name, kind or shape.
class LayerProxy : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    explicit LayerProxy(QObject* parent = nullptr);
    void setFilterText(const QString& text);

protected:
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QStringList m_words;
};

} // namespace quantoscope
