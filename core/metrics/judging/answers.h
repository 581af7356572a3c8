// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/proportions.h"
#include "core/metrics/judging/softmax.h"

#include <cstdint>
#include <optional>

namespace quantoscope {

/// No class: every value of a row is NaN.
constexpr std::size_t noAnswer = static_cast<std::size_t>(-1);

/// Class with the largest value; ties: the lowest. NaN is never largest.
std::size_t topClass(std::span<const float> row);

/// Whether `label` is among the k first when classes are ordered by value, ties by class; never where its value is NaN.
bool amongTop(std::span<const float> row, std::size_t label, std::size_t k);

struct RankedClass
{
    std::size_t index = 0;
    double probability = 0; ///< of the softmax, 0 … 1
};

/// The k most probable classes of a row, in order, ties by class; empty for a row that is no distribution.
std::vector<RankedClass> rankedClasses(std::span<const float> row, OutputKind kind, std::size_t k);

/// A sample whose answer the quantized network changed.
struct FlippedAnswer
{
    std::size_t sample = 0;                         ///< index in the source
    std::optional<std::size_t> label;               ///< true class, where known
    std::size_t before = 0, after = 0;              ///< answers
    std::vector<RankedClass> topsBefore, topsAfter; ///< up to 5; empty where no distribution
    double marginBefore = 0; ///< p1 - p2 of the float network: how sure it was; NaN where no distribution
    double marginAfter = 0;
};

/// What two classifiers answer to the same samples.
struct Answers
{
    std::size_t classes = 0;
    Proportion agreement; ///< same top-1, higher is better
    std::uint64_t flips = 0;
    /// Surest answers of the float network first, then by sample; at most as many as were to be kept.
    std::vector<FlippedAnswer> flipped;

    // With labels only.
    bool labelled = false;
    Proportion accuracyBefore, accuracyAfter; ///< top-1: topClass() is the label
    Proportion top5Before, top5After;         ///< samples = 0 with 5 classes or fewer: always right
    PairedAnswers paired;                     ///< of top-1
};

/// Sample by sample; keeps no more than `flipsKept` samples. One thread.
class AnswerSum
{
public:
    explicit AnswerSum(OutputKind kind, std::size_t flipsKept = 100) : m_kind(kind), m_flipsKept(flipsKept) {}

    /// One sample: a row of classes from each network, equal lengths ≥ 1. All samples have labels or none has.
    /// Throws Error(InvalidArgument) naming sample and label for one beyond the classes.
    void add(std::size_t sample, std::span<const float> reference, std::span<const float> quantized,
             std::optional<std::int64_t> label = {});
    const Answers& result() const { return m_answers; }

private:
    void addLabel(std::size_t sample, std::span<const float> reference, std::span<const float> quantized,
                  std::int64_t label);
    void keep(FlippedAnswer flipped);

    OutputKind m_kind;
    std::size_t m_flipsKept;
    Answers m_answers;
};

} // namespace quantoscope
