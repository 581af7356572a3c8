// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <QDockWidget>

#include <optional>
#include <set>

class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QTableView;

namespace quantoscope {

class LayerProxy;
class LayerTableModel;

/// The layers of the network: filter, sortable table, totals, and the way to the worst one.
class LayersDock : public QDockWidget
{
    Q_OBJECT

public:
    explicit LayersDock(QWidget* parent = nullptr);

    void setNetwork(std::shared_ptr<const Network> network);
    void setResult(std::shared_ptr<const AnalysisResult> result);
    void setReport(const LayerReport& report);
    void setCurrentLayer(std::optional<LayerId> layer);
    /// Marks the layers with a scheme of their own.
    void setSettings(const AnalysisSettings& settings);

    /// The columns shown; nothing: those that fit.
    const std::optional<std::set<int>>& chosenColumns() const { return m_columns; }
    void chooseColumns(const std::optional<std::set<int>>& columns);
    /// Fills the menu in which columns are chosen.
    void fillColumnMenu(QMenu& menu);

    void focusFilter();
    /// The layer `steps` rows further down in the order shown.
    void selectNeighbour(int steps);
    void selectWorst();
    QTableView* table() const { return m_table; }

signals:
    void layerActivated(quantoscope::LayerId layer);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    QWidget* buildSummary();
    void hideColumnsThatDoNotFit();
    void updateSummary();
    void selectRow(const QModelIndex& proxyIndex);

    LayerTableModel* m_model;
    LayerProxy* m_proxy;
    QLineEdit* m_filter;
    QTableView* m_table;
    QLabel* m_size;
    QLabel* m_error;
    QPushButton* m_worst;
    std::shared_ptr<const AnalysisResult> m_result;
    std::optional<std::set<int>> m_columns;
    bool m_settingCurrent = false;
};

} // namespace quantoscope
