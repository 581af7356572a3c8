// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layertablemodel.h"

#include "ui/format.h"

#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

struct RowData
{
    const Network& network;
    const Layer& layer;
    const LayerReport* report; ///< null: not measured yet
    bool worst;
    bool ownScheme;
};

std::uint64_t parametersOf(const RowData& row) { return row.network.weightOf(row.layer).data.size(); }

QString shapeText(const RowData& row) { return format::shape(row.network.weightOf(row.layer).data.shape); }

QString sqnrText(const RowData& row)
{
    if (!row.report)
        return u"…"_s;
    if (!row.report->issue.empty() || std::isnan(row.report->metrics.sqnrDb))
        return format::missing();
    const QString number = format::decibelNumber(row.report->metrics.sqnrDb);
    return row.worst ? u"▲ "_s + number : number;
}

QVariant sqnrValue(const RowData& row)
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return row.report && row.report->issue.empty() ? row.report->metrics.sqnrDb : none;
}

} // namespace

/// One row of the table of columns: header, tooltip, text, raw value.
struct LayerTableModel::ColumnInfo
{
    const char* title;
    const char* tooltip;
    bool number;
    QString (*display)(const RowData&);
    QVariant (*sortValue)(const RowData&);
};

const LayerTableModel::ColumnInfo& LayerTableModel::column(int index)
{
    static const ColumnInfo columns[ColumnCount] = {
        {QT_TR_NOOP("Layer"), QT_TR_NOOP("Name of the layer in the file"), false,
         [](const RowData& row) { return format::text(row.layer.name); },
         [](const RowData& row) -> QVariant { return format::text(row.layer.name); }},
        {QT_TR_NOOP("Kind"), QT_TR_NOOP("What the layer computes"), false,
         [](const RowData& row) { return format::kindName(row.layer.kind); },
         [](const RowData& row) -> QVariant { return format::kindName(row.layer.kind); }},
        {QT_TR_NOOP("Shape"), QT_TR_NOOP("Dimensions of the weight, outermost first; sorted by size"), false,
         shapeText,
         [](const RowData& row) -> QVariant { return QVariant::fromValue<qulonglong>(parametersOf(row)); }},
        {QT_TR_NOOP("Params"), QT_TR_NOOP("Elements of the weight"), true,
         [](const RowData& row) { return format::shortCount(parametersOf(row)); },
         [](const RowData& row) -> QVariant { return QVariant::fromValue<qulonglong>(parametersOf(row)); }},
        {QT_TR_NOOP("Bits"), QT_TR_NOOP("Bits of a stored code"), true,
         [](const RowData& row) {
             const QString bits = row.report ? QString::number(row.report->scheme.bits) : u"…"_s;
             return row.ownScheme ? u"◆ "_s + bits : bits;
         },
         [](const RowData& row) -> QVariant {
             return row.report ? row.report->scheme.bits : std::numeric_limits<double>::quiet_NaN();
         }},
        {QT_TR_NOOP("SQNR dB"), "", true, sqnrText, sqnrValue},
    };
    return columns[index];
}

LayerTableModel::LayerTableModel(QObject* parent) : QAbstractTableModel(parent) {}

void LayerTableModel::setNetwork(std::shared_ptr<const Network> network)
{
    if (network == m_network)
        return;
    beginResetModel();
    m_network = std::move(network);
    m_reports.clear();
    m_reports.resize(m_network ? m_network->layers.size() : 0);
    m_worst.reset();
    endResetModel();
}

void LayerTableModel::setResult(std::shared_ptr<const AnalysisResult> result)
{
    if (!m_network || (result && result->network != m_network))
        return;
    for (std::size_t row = 0; row < m_reports.size(); ++row)
        m_reports[row] = result ? std::optional(result->layers.at(row)) : std::nullopt;
    findWorst();
    if (!m_reports.empty())
        emit dataChanged(index(0, Bits), index(rowCount() - 1, Sqnr));
}

void LayerTableModel::setReport(const LayerReport& report)
{
    const std::size_t row = report.layer.index;
    if (row >= m_reports.size())
        return;
    m_reports[row] = report;
    emit dataChanged(index(static_cast<int>(row), Bits), index(static_cast<int>(row), Sqnr));
}

void LayerTableModel::setSettings(const AnalysisSettings& settings)
{
    if (settings == m_settings)
        return;
    const bool marks = !settings.overrides.empty() || !m_settings.overrides.empty();
    m_settings = settings;
    if (marks && rowCount() > 0)
        emit dataChanged(index(0, Bits), index(rowCount() - 1, Bits));
}

int LayerTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_reports.size());
}

int LayerTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LayerTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto at = static_cast<std::size_t>(index.row());
    const Layer& layer = m_network->layers[at];
    const RowData row{*m_network, layer, reportOf(index.row()), m_worst == layer.id,
                      m_settings.overrides.contains(layer.name)};
    const ColumnInfo& info = column(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return info.display(row);
    case Qt::ToolTipRole:
        return rowTooltip(index.row());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((info.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case SortRole:
        return info.sortValue(row);
    case LayerIndexRole:
        return layer.id.index;
    case SearchRole:
        return QString(format::text(layer.name) + u' ' + format::kindName(layer.kind) + u' '
                       + shapeText(row));
    case WorstRole:
        return row.worst;
    default:
        return {};
    }
}

QVariant LayerTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const ColumnInfo& info = column(section);
    switch (role) {
    case Qt::DisplayRole:
        return tr(info.title);
    case Qt::ToolTipRole:
        return section == Sqnr ? format::metricTooltip("sqnrDb") : tr(info.tooltip);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((info.number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    default:
        return {};
    }
}

const LayerReport* LayerTableModel::reportOf(int row) const
{
    const auto& report = m_reports[static_cast<std::size_t>(row)];
    return report ? &*report : nullptr;
}

QString LayerTableModel::rowTooltip(int row) const
{
    const Layer& layer = m_network->layers[static_cast<std::size_t>(row)];
    const Weight& weight = m_network->weightOf(layer);
    QString out = tr("%1 (%2)\n%3, %4 values")
                      .arg(format::text(layer.name), format::kindName(layer.kind),
                           format::shape(weight.data.shape), format::count(weight.data.size()));
    if (weight.stored)
        out += u'\n' + tr("Stored quantized: %1").arg(format::text(weight.stored->description()));
    const LayerReport* report = reportOf(row);
    if (!report)
        return out + u'\n' + tr("Not measured yet");
    if (!report->issue.empty())
        return out + u'\n' + format::text(report->issue);
    out += u'\n' + format::text(toText(report->scheme));
    const QString reason = format::sqnrReason(report->metrics);
    out += u'\n' + (reason.isEmpty() ? tr("SQNR %1 dB").arg(format::exact(report->metrics.sqnrDb)) : reason);
    if (m_settings.overrides.contains(layer.name))
        out += u'\n' + tr("◆ A scheme of its own");
    if (m_worst == layer.id)
        out += u'\n' + tr("▲ The lowest SQNR of the network");
    return out;
}

void LayerTableModel::findWorst()
{
    m_worst.reset();
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < m_reports.size(); ++row) {
        const auto& report = m_reports[row];
        if (report && report->issue.empty() && report->metrics.sqnrDb < lowest) {
            lowest = report->metrics.sqnrDb;
            m_worst = m_network->layers[row].id;
        }
    }
}

} // namespace quantoscope
