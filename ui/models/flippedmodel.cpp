// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/flippedmodel.h"

#include "ui/format.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString answerText(std::size_t answer, double margin, std::optional<std::size_t> label)
{
    const QString mark = !label ? QString() : *label == answer ? u" ✓"_s : u" ✗"_s;
    if (answer == noAnswer)
        return FlippedModel::tr("no answer");
    const QString text = QString::number(answer) + mark;
    return std::isnan(margin) ? text : FlippedModel::tr("%1  by %2").arg(text, format::percent(margin));
}

QString topsText(const std::vector<RankedClass>& tops)
{
    QStringList lines;
    for (const RankedClass& top : tops)
        lines << FlippedModel::tr("%1: %2").arg(QString::number(top.index), format::percent(top.probability));
    return lines.join(u", "_s);
}

} // namespace

FlippedModel::FlippedModel(QObject* parent) : QAbstractTableModel(parent) {}

void FlippedModel::setRun(std::shared_ptr<const NetworkRun> run)
{
    beginResetModel();
    m_run = std::move(run);
    endResetModel();
}

const FlippedAnswer& FlippedModel::at(int row) const
{
    return m_run->evaluation.judgement.answers->flipped[static_cast<std::size_t>(row)];
}

int FlippedModel::rowCount(const QModelIndex& parent) const
{
    if (parent.isValid() || !m_run || !m_run->evaluation.judgement.answers)
        return 0;
    return static_cast<int>(m_run->evaluation.judgement.answers->flipped.size());
}

int FlippedModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant FlippedModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const FlippedAnswer& flipped = at(index.row());
    if (role == Qt::ToolTipRole)
        return flipped.topsBefore.empty()
                   ? QVariant()
                   : tr("fp32: %1\nquantized: %2")
                         .arg(topsText(flipped.topsBefore), topsText(flipped.topsAfter));
    if (role == Qt::DecorationRole && index.column() == Sample) {
        const auto row = static_cast<std::size_t>(index.row());
        const bool has = row < m_run->thumbnails.size() && !m_run->thumbnails[row].isNull();
        return has ? QVariant(m_run->thumbnails[row]) : QVariant();
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Sample:
        return tr("sample %1").arg(flipped.sample);
    case Label:
        return flipped.label ? QString::number(*flipped.label) : format::missing();
    case Before:
        return answerText(flipped.before, flipped.marginBefore, flipped.label);
    default:
        return answerText(flipped.after, flipped.marginAfter, flipped.label);
    }
}

QVariant FlippedModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && section >= Before)
        return tr("Class with the largest output, and by how much its probability leads the next one");
    if (role != Qt::DisplayRole)
        return {};
    const QString titles[ColumnCount] = {tr("Sample"), tr("True"), tr("fp32 answers"),
                                         tr("Quantized answers")};
    return titles[section];
}

} // namespace quantoscope
