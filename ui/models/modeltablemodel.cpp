// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/modeltablemodel.h"

#include "ui/format.h"
#include "ui/models/modelcolumns.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

using Look = ModelColumn::Look;

const ModelColumn& columnAt(int column) { return modelColumns()[static_cast<std::size_t>(column)]; }

/// Numbers that do not exist are behind all others, whatever the direction.
template <class Value, class Missing, class Less>
bool isBefore(const Value& a, const Value& b, bool descending, Missing missing, Less less)
{
    if (missing(a) || missing(b))
        return !missing(a) && missing(b);
    return descending ? less(b, a) : less(a, b);
}

} // namespace

ModelTableModel::ModelTableModel(QObject* parent) : QAbstractTableModel(parent) { readValues(); }

void ModelTableModel::setNetwork(std::shared_ptr<const Network> network)
{
    if (network == m_network)
        return;
    beginResetModel();
    m_network = std::move(network);
    m_result.reset();
    m_search.clear();
    if (m_network)
        for (const Layer& layer : m_network->layers)
            m_search.push_back(format::text(layer.name) + u' ' + format::kindName(layer.kind) + u' '
                               + format::shape(m_network->weightOf(layer).data.shape));
    readValues();
    filter();
    endResetModel();
}

void ModelTableModel::setResult(std::shared_ptr<const AnalysisResult> result)
{
    if (result == m_result || (result && result->network != m_network))
        return;
    rearrange([&] {
        m_result = std::move(result);
        readValues();
        order();
    });
}

void ModelTableModel::readValues()
{
    const auto columns = modelColumns();
    m_values.assign(columns.size(), {});
    m_largest.assign(columns.size(), 0.0);
    for (std::size_t at = 0; at < columns.size() && m_network; ++at) {
        if (!columns[at].value)
            continue;
        for (const Layer& layer : m_network->layers) {
            const LayerReport* report = m_result ? &m_result->layers[layer.id.index] : nullptr;
            const double value = columns[at].value(*m_network, layer, report, columns[at]);
            m_values[at].push_back(value);
            if (std::isfinite(value))
                m_largest[at] = std::max(m_largest[at], std::abs(value));
        }
    }
}

QString ModelTableModel::setFilter(const QString& text, bool isExpression)
{
    const QString expression = isExpression ? text : QString();
    QStringList words = isExpression ? QStringList() : text.split(u' ', Qt::SkipEmptyParts);
    // Where people type x the table shows ×.
    for (QString& word : words)
        if (std::any_of(word.cbegin(), word.cend(), [](QChar c) { return c.isDigit(); }))
            word.replace(u'x', QChar(0x00D7), Qt::CaseInsensitive);
    if (const QRegularExpression asked(expression); !asked.isValid())
        return tr("%1, at character %2").arg(asked.errorString()).arg(asked.patternErrorOffset() + 1);
    if (expression == m_expression && words == m_words)
        return {};
    m_expression = expression;
    m_words = words;
    beginResetModel();
    filter();
    endResetModel();
    return {};
}

void ModelTableModel::filter()
{
    const QRegularExpression expression(m_expression);
    const auto accepts = [&](std::uint32_t layer) {
        if (!m_expression.isEmpty())
            return expression.match(format::text(m_network->layers[layer].name)).hasMatch();
        return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) {
            return m_search[layer].contains(word, Qt::CaseInsensitive)
                   || m_search[layer].contains(QString(word).replace(QChar(0x00D7), u'x'),
                                               Qt::CaseInsensitive);
        });
    };
    m_accepted.clear();
    for (std::uint32_t layer = 0; layer < layerCount(); ++layer)
        if (accepts(layer))
            m_accepted.push_back(layer);
    order();
}

void ModelTableModel::sort(int column, Qt::SortOrder order)
{
    rearrange([&] {
        m_column = column < columnCount() ? column : -1;
        m_order = order;
        this->order();
    });
}

void ModelTableModel::rearrange(const std::function<void()>& change)
{
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<std::uint32_t> layers;
    for (const QModelIndex& index : before)
        layers.push_back(m_rows[static_cast<std::size_t>(index.row())]);
    change();
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i)
        after << index(rowOf({layers[static_cast<std::size_t>(i)]}), before[i].column());
    changePersistentIndexList(before, after);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void ModelTableModel::order()
{
    m_rows = m_accepted;
    if (m_column < 0)
        return;
    const bool descending = m_order == Qt::DescendingOrder;
    const auto& values = m_values[static_cast<std::size_t>(m_column)];
    if (!values.empty()) {
        std::stable_sort(m_rows.begin(), m_rows.end(), [&](std::uint32_t a, std::uint32_t b) {
            return isBefore(
                values[a], values[b], descending, [](double value) { return std::isnan(value); },
                std::less<>());
        });
        return;
    }
    std::vector<QString> texts(layerCount());
    for (const std::uint32_t layer : m_rows)
        texts[layer] = textOf(m_column, layer);
    std::stable_sort(m_rows.begin(), m_rows.end(), [&](std::uint32_t a, std::uint32_t b) {
        return isBefore(
            texts[a], texts[b], descending, [](const QString& text) { return text.isEmpty(); },
            std::less<>());
    });
}

int ModelTableModel::rowOf(LayerId layer) const
{
    const auto found = std::find(m_rows.begin(), m_rows.end(), layer.index);
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

std::optional<Totals> ModelTableModel::totals() const
{
    if (!m_result)
        return std::nullopt;
    if (m_rows.size() == layerCount())
        return m_result->totals;
    std::vector<LayerReport> reports;
    reports.reserve(m_rows.size());
    for (const std::uint32_t layer : m_accepted)
        reports.push_back(m_result->layers[layer]);
    return totalsOf(reports);
}

int ModelTableModel::columnOf(std::string_view key)
{
    const auto columns = modelColumns();
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.key == key; });
    return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
}

std::string_view ModelTableModel::keyOf(int column) { return columnAt(column).key; }

QStringList ModelTableModel::usualColumns()
{
    return {u"layer"_s,           u"bits"_s,  u"sqnrDb"_s,       u"mse"_s, u"cosine"_s, u"maxError"_s,
            u"clippedFraction"_s, u"bytes"_s, u"bitsPerWeight"_s};
}

int ModelTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ModelTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(modelColumns().size());
}

QString ModelTableModel::textOf(int column, std::uint32_t layer) const
{
    const ModelColumn& info = columnAt(column);
    const LayerReport* report = m_result ? &m_result->layers[layer] : nullptr;
    if (info.text)
        return info.text(*m_network, m_network->layers[layer], report);
    return modelNumber(info.look, m_values[static_cast<std::size_t>(column)][layer]);
}

QVariant ModelTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const std::uint32_t layer = m_rows[static_cast<std::size_t>(index.row())];
    const auto at = static_cast<std::size_t>(index.column());
    const ModelColumn& info = modelColumns()[at];
    const double value = m_values[at].empty() ? std::nan("") : m_values[at][layer];
    switch (role) {
    case Qt::DisplayRole:
        return info.ofScheme && !m_result ? u"…"_s : textOf(index.column(), layer);
    case Qt::ToolTipRole:
        return tooltip(m_result ? &m_result->layers[layer] : nullptr, index.column(),
                       m_network->layers[layer]);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((info.look == Look::Text ? Qt::AlignLeft : Qt::AlignRight)
                                   | Qt::AlignVCenter);
    case LayerIndexRole:
        return layer;
    case BarRole:
        if (!info.hasBar || !std::isfinite(value) || m_largest[at] <= 0)
            return {};
        return std::abs(value) / m_largest[at];
    case RawRole:
        return info.text ? textOf(index.column(), layer) : rawNumber(value);
    default:
        return {};
    }
}

QVariant ModelTableModel::tooltip(const LayerReport* report, int column, const Layer& layer) const
{
    const ModelColumn& info = columnAt(column);
    const QString name = format::text(layer.name);
    if (!info.ofScheme)
        return QString(name + u'\n' + textOf(column, layer.id.index));
    if (!report)
        return QString(name + u'\n' + tr("Not measured yet"));
    if (!report->issue.empty())
        return QString(name + u'\n' + format::text(report->issue));
    if (info.text)
        return QString(name + u'\n' + textOf(column, layer.id.index));
    const double value = m_values[static_cast<std::size_t>(column)][layer.id.index];
    const QString why = info.metric ? format::missingReason(info.metric->key, report->metrics) : QString();
    const QString number = std::isnan(value) ? why : info.title + u' ' + format::exact(value);
    return QString(name + u'\n' + number + u'\n' + format::text(toText(report->scheme)));
}

QVariant ModelTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const ModelColumn& info = columnAt(section);
    switch (role) {
    case Qt::DisplayRole:
        return info.title;
    case Qt::ToolTipRole:
        return info.tooltip;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((info.look == Look::Text ? Qt::AlignLeft : Qt::AlignRight)
                                   | Qt::AlignVCenter);
    default:
        return {};
    }
}

} // namespace quantoscope
