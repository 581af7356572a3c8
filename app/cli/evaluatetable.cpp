// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluatetable.h"

#include "app/cli/text.h"
#include "core/report/evaluationrows.h"

#include <cmath>
#include <ostream>

namespace quantoscope {

namespace {

std::string shareText(const Proportion& share)
{
    if (share.samples == 0)
        return "-";
    const Bounds bounds = share.ci95();
    return percentText(share.value()) + " (" + percentText(bounds.low) + " to " + percentText(bounds.high)
           + ")";
}

std::string decibelsText(double value, std::string_view reason)
{
    return std::isnan(value) ? std::string(reason) : numberText(value, 4) + " dB";
}

void printAnswers(std::ostream& out, const Judgement& judgement)
{
    if (!judgement.answers) {
        if (!judgement.whyNoAnswers.empty())
            out << "no answers to compare: " << judgement.whyNoAnswers << '\n';
        return;
    }
    const Answers& answers = *judgement.answers;
    TextTable table;
    table.addColumn("", TextTable::Align::Left);
    for (const char* title : {"float", "quantized"})
        table.addColumn(title);
    if (answers.labelled) {
        table.addRow(
            {"accuracy (95 %)", shareText(answers.accuracyBefore), shareText(answers.accuracyAfter)});
        if (answers.top5Before.samples > 0)
            table.addRow({"top-5 (95 %)", shareText(answers.top5Before), shareText(answers.top5After)});
    }
    table.addRow({"same answer", "", shareText(answers.agreement)});
    table.print(out);
    if (answers.labelled)
        out << "lost " << countText(answers.paired.lost) << ", gained " << countText(answers.paired.gained)
            << ", McNemar p = " << numberText(mcnemarP(answers.paired.lost, answers.paired.gained), 3) << ". "
            << provable(answers.paired, judgement.comparisons).sentence << '\n';
}

std::string withError(const MeanError& value, int digits)
{
    return numberText(value.value, digits) + " ± " + numberText(value.error, 2);
}

void printSequences(std::ostream& out, const Judgement& judgement)
{
    if (const auto& sequences = judgement.sequences)
        out << "perplexity " << withError(sequences->perplexityBefore, 6) << " → "
            << withError(sequences->perplexityAfter, 6) << ", mean KLD " << withError(sequences->kld, 4)
            << " nats (median " << numberText(sequences->kldMedian, 3) << ", p99 "
            << numberText(sequences->kldP99, 3) << "), same top token "
            << percentText(sequences->sameTop.value) << ", " << countText(sequences->positions)
            << " positions\n";
    if (const auto& texts = judgement.texts)
        out << "same text " << shareText(texts->equal) << ", mean edit distance "
            << numberText(texts->editDistance, 3) << '\n';
    if (judgement.truthBefore && judgement.truthAfter)
        out << "right text " << shareText(judgement.truthBefore->equal) << " → "
            << shareText(judgement.truthAfter->equal) << '\n';
}

void printOutputs(std::ostream& out, const Judgement& judgement)
{
    for (const OutputJudgement& output : judgement.outputs) {
        const NetworkError& error = output.error;
        out << "output " << nameText(output.name, 40) << ": SQNR "
            << decibelsText(error.sqnrDb, error.sqnrReason);
        if (!std::isnan(error.sqnrCi95.low))
            out << " (" << numberText(error.sqnrCi95.low, 4) << " to " << numberText(error.sqnrCi95.high, 4)
                << ")";
        out << ", cosine " << numberText(error.cosine, 6) << ", max |e| " << numberText(error.maxError, 3);
        if (error.broken > 0)
            out << ", " << countText(error.broken) << " values became NaN or infinite";
        out << '\n';
    }
    if (judgement.kl)
        out << "KL of softmax " << numberText(judgement.kl->mean, 4) << " nats\n";
}

void printTimes(std::ostream& out, const Evaluation& evaluation)
{
    const JudgedTimes& times = evaluation.judgement.timesNs;
    if (!times.fp32)
        return;
    const auto print = [&](const char* name, const std::optional<LatencyStats>& stats) {
        if (!stats)
            return;
        out << ", " << name << ' ' << numberText(stats->p50 * 1e-6, 3) << " ms (p95 "
            << numberText(stats->p95 * 1e-6, 3) << ')';
    };
    out << "one inference, " << evaluation.settings.threads
        << (evaluation.settings.threads == 1 ? " thread" : " threads");
    print("float in ONNX Runtime", times.fp32);
    print(("its int8 (" + std::to_string(evaluation.ortLayers) + " layers)").c_str(), times.ort);
    print("our integers", times.ours);
    out << '\n';
    if (!evaluation.whyNoOrtTime.empty())
        out << "ONNX Runtime's int8 was not timed: " << evaluation.whyNoOrtTime << '\n';
}

std::string errorText(const std::optional<PairSums>& sums)
{
    if (!sums || sums->count == 0)
        return "-";
    return sums->noise == 0 ? "exact" : sums->signal == 0 ? "zero" : numberText(sums->sqnrDb(), 4);
}

void printExactness(std::ostream& out, const ExactnessReport& report)
{
    ExactnessCounts counts;
    for (const LayerExactness& layer : report.layers)
        counts += layer.counts;
    const auto print = [&](const char* what, const ExactnessCounts& each) {
        out << what << ": " << countText(each.identical) << " of " << countText(each.total())
            << " identical, " << countText(each.nearTie) << " ±1 at a tie, " << countText(each.oneOff)
            << " ±1 otherwise, " << countText(each.further) << " further, " << countText(each.saturated)
            << " saturated in one of them\n";
    };
    out << "integers against simulation, " << countText(report.samples)
        << (report.samples == 1 ? " sample" : " samples") << ", outputs as codes of 8 bits\n";
    print("  layer by layer", counts);
    print("  end to end", report.endToEnd);
}

void printLayers(std::ostream& out, const Evaluation& evaluation)
{
    const Network& network = *evaluation.quantized.model->network;
    TextTable table;
    table.addColumn("layer", TextTable::Align::Elided);
    for (const char* title : {"local dB", "accumulated dB", "size"})
        table.addColumn(title);
    table.addColumn("runs as", TextTable::Align::Left);
    for (std::size_t i = 0; i < evaluation.layers.size(); ++i) {
        const LayerEvaluation& layer = evaluation.layers[i];
        const Replacement& replacement = evaluation.replacements[i];
        const std::string how = !replacement.replaced        ? "float"
                                : replacement.kernel.empty() ? "fake quantized"
                                                             : replacement.kernel;
        table.addRow({network.layer(layer.layer).name, errorText(layer.local), errorText(layer.accumulated),
                      bytesText(layer.bytes), nameText(how.substr(0, how.find(", direct convolution")), 40)});
    }
    out << "\nErrors of the layers' outputs: local = this layer alone on float input, accumulated = "
           "everything "
           "before it quantized too\n";
    table.print(out);
    for (const Replacement& replacement : evaluation.replacements)
        if (!replacement.replaced)
            out << nameText(network.layer(replacement.layer).name, 60)
                << " stays float: " << replacement.reason << '\n';
}

} // namespace

void printJudgement(std::ostream& out, const Judgement& judgement)
{
    printAnswers(out, judgement);
    printSequences(out, judgement);
    printOutputs(out, judgement);
}

void printEvaluation(std::ostream& out, const Evaluation& evaluation)
{
    out << nameOf(evaluation.settings.ptq.mode) << " quantization, "
        << (evaluation.settings.engine == Engine::Fake ? "simulated in floats" : "run by integer kernels")
        << ", " << countText(evaluation.judgement.samples) << " samples, batch " << evaluation.settings.batch
        << "\n\n";
    printJudgement(out, evaluation.judgement);
    printTimes(out, evaluation);
    out << "weights " << bytesText(evaluation.bytes) << " instead of " << bytesText(evaluation.fp32Bytes)
        << '\n';
    if (evaluation.exactness)
        printExactness(out, *evaluation.exactness);
    printLayers(out, evaluation);
    for (const std::string& note : evaluation.notes)
        out << note << '\n';
}

} // namespace quantoscope
