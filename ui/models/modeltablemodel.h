// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <QAbstractTableModel>
#include <QStringList>

#include <functional>
#include <optional>

namespace quantoscope {

/// Every layer of a network with every number that the analysis has about it: the keys and values of `analyze`. Sorts and filters by
/// itself, so that thousands of layers follow each key press: rows are those that the filter lets through, in the order asked for. Numbers
/// that do not exist come last in both directions.
class ModelTableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Role {
        LayerIndexRole = Qt::UserRole, ///< LayerId::index
        BarRole,                       ///< share of the column's largest magnitude, 0 … 1; invalid: no bar
        RawRole,                       ///< all digits, "." as the decimal point; "" where there is no number
    };

    explicit ModelTableModel(QObject* parent = nullptr);

    /// Rows stand as soon as the network is known.
    void setNetwork(std::shared_ptr<const Network> network);
    /// A result of another network is ignored. Null: numbers become placeholders.
    void setResult(std::shared_ptr<const AnalysisResult> result);

    /// Each word must occur in name, kind or shape; or one regular expression, found in the name. Returns what is wrong with the
    /// expression, which then changes nothing; "" otherwise.
    QString setFilter(const QString& text, bool isExpression);
    /// `column` -1: the order of the network.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    std::size_t layerCount() const { return m_network ? m_network->layers.size() : 0; }
    /// Layers in the rows, from top to bottom.
    const std::vector<std::uint32_t>& shown() const { return m_rows; }
    int rowOf(LayerId layer) const; ///< -1: filtered out
    /// Of the rows. Without a result: nothing.
    std::optional<Totals> totals() const;
    const std::shared_ptr<const AnalysisResult>& result() const { return m_result; }

    static int columnOf(std::string_view key); ///< -1: none of that key
    static std::string_view keyOf(int column);
    /// The columns that are shown before anybody chooses.
    static QStringList usualColumns();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QVariant tooltip(const LayerReport* report, int column, const Layer& layer) const;
    QString textOf(int column, std::uint32_t layer) const;
    void readValues();
    void order();
    void filter();
    void rearrange(const std::function<void()>& change);

    std::shared_ptr<const Network> m_network;
    std::shared_ptr<const AnalysisResult> m_result;
    std::vector<std::vector<double>> m_values; ///< [column][layer]; NaN: no number
    std::vector<double> m_largest;             ///< [column], of magnitudes
    std::vector<QString> m_search;             ///< [layer]
    std::vector<std::uint32_t> m_accepted;     ///< in the order of the network
    std::vector<std::uint32_t> m_rows;
    QStringList m_words;
    QString m_expression;
    int m_column = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

} // namespace quantoscope
