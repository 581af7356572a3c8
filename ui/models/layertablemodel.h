// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <QAbstractTableModel>

#include <optional>

namespace quantoscope {

/// The layers of a network with what the scheme makes of them: one row per layer, in network order.
/// Rows stand as soon as the network is known; numbers arrive with a result.
class LayerTableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Kind, ShapeColumn, Parameters, Bits, Sqnr, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, ///< the raw number or text
        LayerIndexRole,          ///< LayerId::index
        SearchRole,              ///< name, kind and shape, for the filter
        WorstRole,               ///< true for the layer with the lowest SQNR
    };

    explicit LayerTableModel(QObject* parent = nullptr);

    void setNetwork(std::shared_ptr<const Network> network);
    /// A result of another network is ignored. Null: numbers become placeholders.
    void setResult(std::shared_ptr<const AnalysisResult> result);
    /// A newer report of one layer than the result has, until the next result.
    void setReport(const LayerReport& report);

    /// Marks the layers that have a scheme of their own.
    void setSettings(const AnalysisSettings& settings);

    std::optional<LayerId> worstLayer() const { return m_worst; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct ColumnInfo;
    static const ColumnInfo& column(int index);

    const LayerReport* reportOf(int row) const;
    QString rowTooltip(int row) const;
    void findWorst();

    std::shared_ptr<const Network> m_network;
    std::vector<std::optional<LayerReport>> m_reports; ///< by layer
    std::optional<LayerId> m_worst;
    AnalysisSettings m_settings;
};

} // namespace quantoscope
