// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/runlayersmodel.h"

#include "ui/format.h"

#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

struct RowData
{
    const NetworkRun& run;
    std::size_t index;

    const LayerEvaluation& errors() const { return run.evaluation.layers[index]; }
    const QuantizedLayer& quantized() const { return run.evaluation.quantized.layers[index]; }
    const Replacement* replacement() const
    {
        return index < run.evaluation.replacements.size() ? &run.evaluation.replacements[index] : nullptr;
    }
    QString name() const
    {
        return format::text(run.evaluation.quantized.model->network->layer(errors().layer).name);
    }
};

double decibels(const std::optional<PairSums>& sums)
{
    return sums ? sums->sqnrDb() : std::numeric_limits<double>::quiet_NaN();
}

QString decibelText(const std::optional<PairSums>& sums)
{
    if (sums && sums->noise == 0 && sums->signal > 0)
        return RunLayersModel::tr("exact");
    return format::decibelNumber(decibels(sums));
}

/// Why no integer kernel or fake quantization stands in for the layer; empty where one does.
QString reasonOf(const RowData& row)
{
    if (!row.quantized().params)
        return format::text(row.quantized().reason);
    const Replacement* replacement = row.replacement();
    return replacement && !replacement->replaced ? format::text(replacement->reason) : QString();
}

QString computedText(const RowData& row)
{
    const QString reason = reasonOf(row);
    if (!reason.isEmpty())
        return RunLayersModel::tr("float: %1").arg(reason);
    const Replacement* replacement = row.replacement();
    if (replacement && !replacement->kernel.empty())
        return format::text(replacement->kernel);
    return RunLayersModel::tr("floats on quantized levels");
}

} // namespace

struct RunLayersModel::ColumnInfo
{
    const char* title;
    const char* tooltip;
    bool number;
    QString (*display)(const RowData&);
    QVariant (*sortValue)(const RowData&);
};

const RunLayersModel::ColumnInfo& RunLayersModel::column(int index)
{
    static const ColumnInfo columns[ColumnCount] = {
        {QT_TR_NOOP("Layer"), QT_TR_NOOP("Name of the layer in the file"), false,
         [](const RowData& row) { return row.name(); },
         [](const RowData& row) -> QVariant { return row.name(); }},
        {QT_TR_NOOP("Local dB"),
         QT_TR_NOOP(
             "SQNR of the layer's output when this layer alone is quantized and its input is the float "
             "network's; higher is better"),
         true, [](const RowData& row) { return decibelText(row.errors().local); },
         [](const RowData& row) -> QVariant { return decibels(row.errors().local); }},
        {QT_TR_NOOP("Accumulated dB"),
         QT_TR_NOOP("SQNR of the layer's output when everything upstream is quantized too; higher is better"),
         true, [](const RowData& row) { return decibelText(row.errors().accumulated); },
         [](const RowData& row) -> QVariant { return decibels(row.errors().accumulated); }},
        {QT_TR_NOOP("Computed by"), QT_TR_NOOP("The kernel that multiplies, or why the layer stays float"),
         false, computedText, [](const RowData& row) -> QVariant { return computedText(row); }},
    };
    return columns[index];
}

RunLayersModel::RunLayersModel(QObject* parent) : QAbstractTableModel(parent) {}

void RunLayersModel::setRun(std::shared_ptr<const NetworkRun> run)
{
    beginResetModel();
    m_run = std::move(run);
    endResetModel();
}

int RunLayersModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_run ? 0 : static_cast<int>(m_run->evaluation.layers.size());
}

int RunLayersModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunLayersModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const RowData row{*m_run, static_cast<std::size_t>(index.row())};
    const ColumnInfo& info = column(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return info.display(row);
    case Qt::ToolTipRole: {
        const QString noError = format::text(row.errors().reason);
        QString text = row.name() + u'\n' + computedText(row);
        if (row.quantized().params)
            text += u'\n' + format::text(toText(row.quantized().scheme));
        return noError.isEmpty() ? text : text + u'\n' + tr("No error of its own: %1").arg(noError);
    }
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((info.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case SortRole:
        return info.sortValue(row);
    case LayerNameRole:
        return row.name();
    default:
        return {};
    }
}

QVariant RunLayersModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const ColumnInfo& info = column(section);
    switch (role) {
    case Qt::DisplayRole:
        return tr(info.title);
    case Qt::ToolTipRole:
        return tr(info.tooltip);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((info.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    default:
        return {};
    }
}

} // namespace quantoscope
