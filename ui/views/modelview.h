// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/modelpicture.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QTableView;
class QToolButton;

namespace quantoscope {

class CellBars;
class ChartView;
class ElidedLabel;
class FocusBus;
class ModelTableModel;

/// All layers of the network: a table of every metric, and one of them as a curve in network order.
class ModelView : public QWidget
{
    Q_OBJECT

public:
    explicit ModelView(FocusBus& focus, QWidget* parent = nullptr);

    void setNetwork(std::shared_ptr<const Network> network);
    void setPicture(const ModelPicture& picture);
    void setMessage(const QString& message);
    void setStale(bool stale);
    /// Keys of the columns that are shown; none: the usual ones.
    void setColumns(const QStringList& keys);
    QStringList columns() const;
    /// The key of what the curve shows.
    std::string metric() const;

    ModelTableModel* model() const { return m_model; }
    ChartView* chart() const { return m_chart; }
    /// The selected rows, or all of them, with the columns that are shown, every digit, separated by tabs.
    QString tabbedText() const;

signals:
    void layerActivated(quantoscope::LayerId layer);
    void columnsChanged();
    void hoverChanged(const QString& readOut);
    /// The rows as shown, every column of `analyze`.
    void saveRequested(const QString& path);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QWidget* buildBar();
    void buildTable();
    QWidget* buildCurve();
    void connectCurve();
    void fillColumnMenu(QMenu& menu);
    void showColumns(const QStringList& keys);
    void applyFilter();
    void fitColumns();
    void showTotals();
    void showCurve();
    void selectCurrent(bool scroll);
    void hover(std::optional<std::uint32_t> layer);
    void showFocus();
    void copy() const;
    void chooseFile();

    FocusBus& m_focus;
    ModelPicture m_picture;
    ModelTableModel* m_model;
    CellBars* m_bars;
    QLineEdit* m_filter;
    QCheckBox* m_expression;
    QLabel* m_problem;
    QToolButton* m_columnsButton;
    QPushButton* m_copy;
    QPushButton* m_save;
    QTableView* m_table;
    ElidedLabel* m_totals;
    QComboBox* m_metric;
    ChartView* m_chart;
    bool m_settingCurrent = false;
    bool m_stale = false;
};

} // namespace quantoscope
