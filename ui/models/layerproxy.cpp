// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layerproxy.h"

#include "ui/models/layertablemodel.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

LayerProxy::LayerProxy(QObject* parent) : QSortFilterProxyModel(parent)
{
    setSortRole(LayerTableModel::SortRole);
}

void LayerProxy::setFilterText(const QString& text)
{
    m_words = text.split(u' ', Qt::SkipEmptyParts);
    // People type x where the table shows ×.
    for (QString& word : m_words) {
        if (std::any_of(word.begin(), word.end(), [](QChar c) { return c.isDigit(); }))
            word.replace(u'x', QChar(0x00D7), Qt::CaseInsensitive);
    }
    invalidateFilter();
}

bool LayerProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const QVariant a = left.data(sortRole());
    const QVariant b = right.data(sortRole());
    if (a.typeId() != QMetaType::Double && b.typeId() != QMetaType::Double)
        return QSortFilterProxyModel::lessThan(left, right);
    const double x = a.toDouble();
    const double y = b.toDouble();
    if (std::isnan(x) || std::isnan(y)) {
        // The view turns the order round for descending; missing numbers stay at the end.
        const bool missingFirst = sortOrder() == Qt::DescendingOrder;
        return std::isnan(x) != std::isnan(y) && std::isnan(missingFirst ? x : y);
    }
    return x < y;
}

bool LayerProxy::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    const QString text = index.data(LayerTableModel::SearchRole).toString();
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) {
        return text.contains(word, Qt::CaseInsensitive)
               || text.contains(QString(word).replace(QChar(0x00D7), u'x'), Qt::CaseInsensitive);
    });
}

} // namespace quantoscope
