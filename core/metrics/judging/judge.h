// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/judgement.h"
#include "core/tensor/shape.h"

#include <memory>

namespace quantoscope {

/// What the judged output says about a sample.
enum class OutputMeaning {
    Auto,    ///< the rule of meaningOf()
    Classes, ///< one row of classes
    Tokens,  ///< [time, vocabulary], with token ids
    Text,    ///< [time, classes], a CTC reading with blank 0
    Values   ///< numbers: no answer is taken
};

/// Of one sample's shape, without the batch axis, dimensions of 1 set aside: [n ≥ 2] are Classes; [time, n ≥ 2] are Tokens
/// where ids are known, Text where every row is a probability distribution of 3 classes or more; anything else is Values.
OutputMeaning meaningOf(const Shape& sample, bool hasTokens, std::span<const float> values);

struct JudgeOptions
{
    std::vector<std::string> outputs; ///< names, in the order of add()
    std::size_t judged = 0;           ///< the output that answers; < outputs.size()
    OutputMeaning meaning = OutputMeaning::Auto;
    std::optional<OutputKind> kind; ///< empty: kindOf() the first sample of the float network
    std::size_t flipsKept = 100;
    std::size_t firstScored = 0; ///< SequenceSum::add()
    BootstrapOptions bootstrap;
};

/// One output of one sample by both networks.
struct JudgedValues
{
    Shape shape; ///< of the sample, without the batch axis
    std::span<const float> reference;
    std::span<const float> quantized;
};

/// What is known to be true of a sample.
struct Truth
{
    std::optional<std::int64_t> label = {};
    std::span<const std::int64_t> tokens = {};               ///< empty: none
    std::optional<std::span<const std::uint32_t>> text = {}; ///< class ids of the true text
};

/// Turns the outputs of two networks into a Judgement, sample by sample; keeps no outputs. One thread.
class Judge
{
public:
    explicit Judge(JudgeOptions options);
    ~Judge();
    Judge(Judge&&) noexcept;
    Judge& operator=(Judge&&) noexcept;

    /// `sample`: its index in the source. One entry of `outputs` for each name. Throws Error(InvalidArgument) naming output and
    /// sample where the networks' lengths differ or do not fit the shape, and for labels and tokens beyond the classes.
    void add(std::size_t sample, std::span<const JudgedValues> outputs, const Truth& truth = {});

    /// Fills samples, outputs, kl, answers, sequences, texts. Throws Cancelled.
    Judgement result(std::stop_token stop = {}) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace quantoscope
