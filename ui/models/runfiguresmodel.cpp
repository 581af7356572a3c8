// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/runfiguresmodel.h"

#include "ui/format.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString withBounds(const QString& value, const QString& low, const QString& high)
{
    return u"%1 (%2 … %3)"_s.arg(value, low, high);
}

QString share(const Proportion& proportion)
{
    if (proportion.samples == 0)
        return format::missing();
    const Bounds bounds = proportion.ci95();
    const auto bare = [](double fraction) { return QString::number(fraction * 100, 'f', 1); };
    return u"%1 (%2–%3)"_s.arg(format::percent(proportion.value()), bare(bounds.low), bare(bounds.high));
}

QString decibels(double value, const Bounds& bounds)
{
    if (std::isnan(bounds.low))
        return format::decibel(value);
    return withBounds(format::decibel(value), format::decibelNumber(bounds.low),
                      format::decibelNumber(bounds.high));
}

/// "+0.3": a difference of shares in percentage points.
QString points(double difference)
{
    return QString(difference > 0 ? u"+"_s : QString())
           + QString::number(difference * 100, 'f', 1).replace(u'-', QChar(0x2212));
}

QString times(const std::optional<LatencyStats>& stats)
{
    return stats ? format::duration(stats->p50) : QString();
}

} // namespace

RunFiguresModel::RunFiguresModel(QObject* parent) : QAbstractTableModel(parent) {}

void RunFiguresModel::setRun(std::shared_ptr<const NetworkRun> run)
{
    beginResetModel();
    m_rows.clear();
    if (run) {
        const Judgement& judgement = run->evaluation.judgement;
        if (judgement.answers)
            addAnswers(*judgement.answers);
        if (judgement.texts)
            addTexts(*judgement.texts);
        addOutputs(judgement);
        if (run->evaluation.exactness)
            addExactness(*run->evaluation.exactness);
        addTimes(run->evaluation);
        addSize(run->evaluation);
    }
    endResetModel();
}

void RunFiguresModel::addAnswers(const Answers& answers)
{
    if (answers.labelled) {
        const PairedAnswers& paired = answers.paired;
        const Bounds ci = paired.differenceCi95();
        const QString difference = points(paired.difference());
        m_rows.push_back(
            {{tr("Accuracy"), share(answers.accuracyBefore), share(answers.accuracyAfter),
              tr("%1 points").arg(difference)},
             tr("Share of samples whose largest output is the label, with Wilson's 95 % interval.\n"
                "Difference in percentage points: %1, 95 % interval %2 … %3 (Newcombe, paired).")
                 .arg(difference, points(ci.low), points(ci.high))});
        if (answers.top5Before.samples > 0)
            m_rows.push_back({{tr("Top 5"), share(answers.top5Before), share(answers.top5After), {}},
                              tr("Share of samples whose label is among the five largest outputs.")});
        const double p = mcnemarP(paired.lost, paired.gained);
        m_rows.push_back(
            {{tr("Lost, gained"),
              {},
              tr("%1 lost, %2 gained").arg(format::count(paired.lost), format::count(paired.gained)),
              p < 0.001 ? tr("p < 0.001") : tr("p = %1").arg(format::number(p, 2))},
             tr("Answers that were right and became wrong, and the other way round. p: exact "
                "two-sided probability of such a difference if both were equally likely.")
                 + u"\n\n"_s + format::text(provable(paired).sentence)});
    }
    m_rows.push_back(
        {{tr("Same answer"),
          {},
          share(answers.agreement),
          tr("%1 of %2 differ").arg(format::count(answers.flips), format::count(answers.agreement.samples))},
         tr("Share of samples where both networks give the same answer, right or wrong.")});
}

void RunFiguresModel::addTexts(const TextStats& texts)
{
    m_rows.push_back(
        {{tr("Same text"),
          {},
          share(texts.equal),
          tr("edit distance %1").arg(format::percent(texts.editDistance))},
         tr("Share of samples whose text (CTC, best path) both networks read alike; mean edit distance "
            "over the length of the longer text.")});
}

void RunFiguresModel::addOutputs(const Judgement& judgement)
{
    for (const OutputJudgement& output : judgement.outputs) {
        const NetworkError& error = output.error;
        const bool only = judgement.outputs.size() == 1;
        m_rows.push_back({{only ? tr("Output SQNR") : tr("SQNR of %1").arg(format::text(output.name)),
                           {},
                           std::isnan(error.sqnrDb) ? format::text(error.sqnrReason)
                                                    : decibels(error.sqnrDb, error.sqnrCi95),
                           tr("max error %1").arg(format::number(error.maxError, 3))},
                          tr("10·log10(Σy² / Σ(ŷ − y)²) over all elements of all samples; higher is better. "
                             "The interval draws the samples anew.")});
        if (error.broken > 0)
            m_rows.push_back(
                {{tr("▲ Not finite"), {}, format::count(error.broken), {}},
                 tr("Outputs that are finite in the float network and not in the quantized one.")});
    }
    if (const auto& kl = judgement.kl)
        m_rows.push_back({{tr("KL of softmax"),
                           {},
                           withBounds(tr("%1 nats").arg(format::number(kl->mean, 3)),
                                      format::number(kl->ci95.low, 2), format::number(kl->ci95.high, 2)),
                           tr("max %1").arg(format::number(kl->max, 3))},
                          tr("Mean over samples of Σ p·ln(p / q), p the float network's probabilities, q the "
                             "quantized one's; lower is better.")});
}

void RunFiguresModel::addExactness(const ExactnessReport& report)
{
    std::size_t compared = 0;
    std::size_t equal = 0;
    for (const LayerExactness& layer : report.layers) {
        compared += layer.reason.empty();
        equal += layer.reason.empty() && layer.worst == 0;
    }
    m_rows.push_back(
        {{tr("Integers exact"),
          {},
          tr("%1 of %2 layers").arg(equal).arg(compared),
          report.worstEndToEnd == 0 ? tr("outputs too") : tr("outputs off by %1").arg(report.worstEndToEnd)},
         tr("Layers whose integer kernel gives the very codes of the fake-quantized floats, on %1 "
            "samples; the largest difference of codes at the outputs.")
             .arg(report.samples)});
}

void RunFiguresModel::addTimes(const Evaluation& evaluation)
{
    const JudgedTimes& measured = evaluation.judgement.timesNs;
    if (!measured.fp32)
        return;
    const QString ort = measured.ort ? tr("ORT int8 %1").arg(times(measured.ort)) : QString();
    const QString ours = measured.ours ? times(measured.ours) : format::missing();
    m_rows.push_back(
        {{tr("One inference"), times(measured.fp32), ours, ort},
         tr("Median time of one sample, all engines in turn. fp32: ONNX Runtime as it is deployed. "
            "Quantized: our integer kernels, with the integer engine alone.")
             + (evaluation.whyNoOrtTime.empty() ? QString()
                                                : u"\n"_s + format::text(evaluation.whyNoOrtTime))});
}

void RunFiguresModel::addSize(const Evaluation& evaluation)
{
    const double factor = evaluation.bytes > 0 ? double(evaluation.fp32Bytes) / double(evaluation.bytes) : 0;
    m_rows.push_back(
        {{tr("Weights"), format::bytes(evaluation.fp32Bytes), format::bytes(evaluation.bytes),
          tr("%1× smaller").arg(format::number(factor, 3))},
         tr("Weights of all layers: float32, and packed codes with scales and zero points; layers "
            "that stay float count as they are.")});
}

int RunFiguresModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RunFiguresModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunFiguresModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole)
        return row.cells[index.column()];
    if (role == Qt::ToolTipRole)
        return row.tooltip;
    return {};
}

QVariant RunFiguresModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const QString titles[ColumnCount] = {{}, tr("fp32"), tr("Quantized"), tr("Difference")};
    return titles[section];
}

} // namespace quantoscope
