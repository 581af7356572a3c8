// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/answers.h"
#include "core/metrics/judging/bitoperations.h"
#include "core/metrics/judging/networkerror.h"
#include "core/metrics/judging/repeats.h"
#include "core/metrics/judging/sequences.h"
#include "core/metrics/judging/texts.h"

#include <string>
#include <utility>

namespace quantoscope {

struct OutputJudgement
{
    std::string name;
    NetworkError error;
};

/// Time of one inference in nanoseconds, where it was measured.
struct JudgedTimes
{
    std::optional<LatencyStats> fp32;
    std::optional<LatencyStats> ort; ///< ONNX Runtime's own int8 path
    std::optional<LatencyStats> ours;
};

/// Everything known about a quantized network beside the float one; what was not judged is empty. JSON, text and window read
/// this.
struct Judgement
{
    std::uint64_t samples = 0;
    std::size_t comparisons = 1;          ///< schemes judged on the same samples
    std::vector<OutputJudgement> outputs; ///< in the order of the graph
    std::size_t judged = 0;               ///< index of the output that the figures below are about

    std::optional<KlSoftmax> kl;
    std::optional<Answers> answers;
    std::optional<SequenceStats> sequences;
    std::optional<TextStats> texts;       ///< quantized against float
    std::optional<TextStats> truthBefore; ///< float against the true texts
    std::optional<TextStats> truthAfter;
    std::string whyNoAnswers; ///< "the output is no row of classes"; "" where `answers` is set
    double mcnemarHolm =
        std::numeric_limits<double>::quiet_NaN(); ///< p adjusted for `comparisons`; NaN: one scheme

    JudgedTimes timesNs;
    std::optional<std::uint64_t> peakBytes;
    /// Per layer name, in the network's order. Modelled.
    std::vector<std::pair<std::string, LayerOperations>> work;
    /// JSON key and its values over repeated runs.
    std::vector<std::pair<std::string, RepeatStats>> repeated;
};

} // namespace quantoscope
