// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/chartrowsmodel.h"

#include "ui/format.h"

#include <algorithm>
#include <unordered_set>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

const Json* cellOf(const Json& row, const std::string& key)
{
    const auto found = row.find(key);
    return found == row.end() || found->is_null() ? nullptr : &*found;
}

/// As it is copied: numbers with all their digits.
QString plainText(const Json* cell)
{
    if (!cell)
        return {};
    QString text = cell->is_string()
                       ? format::text(cell->get<std::string>())
                       : QString::fromStdString(cell->dump(-1, ' ', false, Json::error_handler_t::replace));
    return text.replace(u'\t', u' ').replace(u'\n', u' ');
}

QString shownText(const Json* cell)
{
    if (!cell)
        return format::missing();
    if (cell->is_number_integer())
        return plainText(cell).replace(u'-', QChar(0x2212));
    if (cell->is_number_float())
        return format::number(cell->get<double>(), 6);
    return plainText(cell);
}

} // namespace

std::vector<std::string> rowKeys(const Json& rows)
{
    std::vector<std::string> keys;
    std::unordered_set<std::string> known;
    for (const Json& row : rows)
        for (const auto& item : row.items())
            if (known.insert(item.key()).second)
                keys.push_back(item.key());
    return keys;
}

QString tabSeparated(const Json& rows)
{
    const std::vector<std::string> keys = rowKeys(rows);
    QStringList lines;
    QStringList cells;
    for (const std::string& key : keys)
        cells << format::text(key);
    lines << cells.join(u'\t');
    for (const Json& row : rows) {
        cells.clear();
        for (const std::string& key : keys)
            cells << plainText(cellOf(row, key));
        lines << cells.join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

void ChartRowsModel::setChart(std::shared_ptr<const Chart> chart)
{
    beginResetModel();
    m_chart = std::move(chart);
    m_keys = m_chart ? rowKeys(m_chart->rows) : std::vector<std::string>();
    endResetModel();
}

int ChartRowsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_chart ? 0 : static_cast<int>(m_chart->rows.size());
}

int ChartRowsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_keys.size());
}

QVariant ChartRowsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_chart)
        return {};
    const Json* cell = cellOf(m_chart->rows[static_cast<std::size_t>(index.row())],
                              m_keys[static_cast<std::size_t>(index.column())]);
    switch (role) {
    case Qt::DisplayRole:
        return shownText(cell);
    case Qt::ToolTipRole:
    case Qt::EditRole:
        return plainText(cell);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter
                                   | (!cell || cell->is_number() ? Qt::AlignRight : Qt::AlignLeft));
    case SortRole:
        return cell && cell->is_number() ? QVariant(cell->get<double>())
               : cell                    ? QVariant(plainText(cell))
                                         : QVariant();
    default:
        return {};
    }
}

QVariant ChartRowsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole)
        return {};
    if (orientation == Qt::Vertical)
        return section + 1;
    return format::text(m_keys[static_cast<std::size_t>(section)]);
}

} // namespace quantoscope
