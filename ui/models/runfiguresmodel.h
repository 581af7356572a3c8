// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/networkrun.h"

#include <QAbstractTableModel>

namespace quantoscope {

/// What the judgement of a run says, one figure a row: of the float network, of the quantized one, and what lies between.
class RunFiguresModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Title, Float, Quantized, Change, ColumnCount };

    explicit RunFiguresModel(QObject* parent = nullptr);

    /// Null: no rows.
    void setRun(std::shared_ptr<const NetworkRun> run);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QString cells[ColumnCount];
        QString tooltip;
    };
    void addAnswers(const Answers& answers);
    void addTexts(const TextStats& texts);
    void addOutputs(const Judgement& judgement);
    void addExactness(const ExactnessReport& report);
    void addTimes(const Evaluation& evaluation);
    void addSize(const Evaluation& evaluation);

    std::vector<Row> m_rows;
};

} // namespace quantoscope
