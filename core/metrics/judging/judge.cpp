// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/judge.h"

#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Dimensions of 1 say nothing.
Shape withoutOnes(Shape shape)
{
    std::erase(shape, 1);
    return shape;
}

std::string whyNoAnswers(OutputMeaning meaning, const Shape& shape)
{
    switch (meaning) {
    case OutputMeaning::Classes:
        return "";
    case OutputMeaning::Tokens:
        return "a sequence of tokens: see sameTop1";
    case OutputMeaning::Text:
        return "a text: see textEqual";
    default:
        return "the output of shape " + toText(shape) + " is no row of classes";
    }
}

} // namespace

OutputMeaning meaningOf(const Shape& sample, bool hasTokens, std::span<const float> values)
{
    const Shape shape = withoutOnes(sample);
    if (shape.size() == 1)
        return OutputMeaning::Classes;
    if (shape.size() != 2)
        return OutputMeaning::Values;
    if (hasTokens)
        return OutputMeaning::Tokens;
    const auto classes = static_cast<std::size_t>(shape[1]);
    const bool text = classes >= 3 && kindOf(values, classes) == OutputKind::Probabilities;
    return text ? OutputMeaning::Text : OutputMeaning::Values;
}

struct Judge::Impl
{
    JudgeOptions options;
    std::uint64_t samples = 0;
    std::vector<NetworkErrorSum> errors;
    OutputMeaning meaning = OutputMeaning::Auto;
    std::string whyNoAnswers = "no samples";
    std::optional<KlSoftmaxSum> kl;
    std::optional<AnswerSum> answers;
    std::optional<SequenceSum> sequences;
    std::optional<TextSum> texts, truthBefore, truthAfter;

    void begin(const JudgedValues& values, const Truth& truth);
    void answer(std::size_t sample, const JudgedValues& values, const Truth& truth);
    void read(const JudgedValues& values, std::size_t classes, const Truth& truth);
};

/// Decides by the first sample what the output means.
void Judge::Impl::begin(const JudgedValues& values, const Truth& truth)
{
    const bool hasTokens = !truth.tokens.empty();
    meaning = options.meaning == OutputMeaning::Auto ? meaningOf(values.shape, hasTokens, values.reference)
                                                     : options.meaning;
    if (meaning == OutputMeaning::Tokens && !hasTokens)
        throw Error(ErrorCode::InvalidArgument,
                    "token statistics need token ids, and the samples have none: give them "
                    "or choose another meaning of the output");
    whyNoAnswers = quantoscope::whyNoAnswers(meaning, values.shape);
    if (meaning == OutputMeaning::Values)
        return;
    const Shape shape = withoutOnes(values.shape);
    const auto classes = static_cast<std::size_t>(shape.empty() ? 1 : shape.back());
    const OutputKind kind = options.kind.value_or(kindOf(values.reference, classes));
    kl.emplace(kind);
    if (meaning == OutputMeaning::Classes)
        answers.emplace(kind, options.flipsKept);
    else if (meaning == OutputMeaning::Tokens)
        sequences.emplace(kind);
    else
        texts.emplace();
}

void Judge::Impl::answer(std::size_t sample, const JudgedValues& values, const Truth& truth)
{
    if (meaning == OutputMeaning::Values)
        return;
    const Shape shape = withoutOnes(values.shape);
    const bool row = meaning == OutputMeaning::Classes;
    const std::size_t classes = row             ? values.reference.size()
                                : shape.empty() ? 1
                                                : static_cast<std::size_t>(shape.back());
    kl->add(values.reference, values.quantized, classes);
    if (row)
        answers->add(sample, values.reference, values.quantized, truth.label);
    else if (meaning == OutputMeaning::Tokens)
        sequences->add(sample, values.reference, values.quantized, truth.tokens, options.firstScored);
    else
        read(values, classes, truth);
}

void Judge::Impl::read(const JudgedValues& values, std::size_t classes, const Truth& truth)
{
    const std::vector<std::uint32_t> before = greedyText(values.reference, classes);
    const std::vector<std::uint32_t> after = greedyText(values.quantized, classes);
    texts->add(before, after);
    if (!truth.text)
        return;
    if (!truthBefore) {
        truthBefore.emplace();
        truthAfter.emplace();
    }
    truthBefore->add(*truth.text, before);
    truthAfter->add(*truth.text, after);
}

Judge::Judge(JudgeOptions options) : m_impl(std::make_unique<Impl>())
{
    if (options.judged >= options.outputs.size())
        throw Error(ErrorCode::InvalidArgument, "output " + std::to_string(options.judged)
                                                    + " was to be judged, but the network has "
                                                    + std::to_string(options.outputs.size()));
    m_impl->errors.resize(options.outputs.size());
    m_impl->options = std::move(options);
}

Judge::~Judge() = default;
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;

void Judge::add(std::size_t sample, std::span<const JudgedValues> outputs, const Truth& truth)
{
    Impl& impl = *m_impl;
    const auto refuse = [sample](const std::string& what) {
        throw Error(ErrorCode::InvalidArgument, "sample " + std::to_string(sample) + ": " + what);
    };
    if (outputs.size() != impl.errors.size())
        refuse(std::to_string(outputs.size()) + " outputs came where " + std::to_string(impl.errors.size())
               + " were named");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const JudgedValues& values = outputs[i];
        if (values.reference.size() != values.quantized.size()
            || elementCount(values.shape) != values.reference.size())
            refuse("output '" + impl.options.outputs[i] + "' of shape " + toText(values.shape) + " has "
                   + std::to_string(values.reference.size()) + " values in the float network and "
                   + std::to_string(values.quantized.size()) + " in the quantized one");
    }
    const JudgedValues& judged = outputs[impl.options.judged];
    if (impl.meaning == OutputMeaning::Auto)
        impl.begin(judged, truth);
    impl.answer(sample, judged, truth);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        impl.errors[i].add(outputs[i].reference, outputs[i].quantized);
    ++impl.samples;
}

Judgement Judge::result(std::stop_token stop) const
{
    const Impl& impl = *m_impl;
    const BootstrapOptions& bootstrap = impl.options.bootstrap;
    Judgement judgement;
    judgement.samples = impl.samples;
    judgement.judged = impl.options.judged;
    judgement.whyNoAnswers = impl.whyNoAnswers;
    for (std::size_t i = 0; i < impl.errors.size(); ++i)
        judgement.outputs.push_back({impl.options.outputs[i], impl.errors[i].result(bootstrap, stop)});
    if (impl.kl)
        judgement.kl = impl.kl->result(bootstrap, stop);
    if (impl.answers)
        judgement.answers = impl.answers->result();
    if (impl.sequences)
        judgement.sequences = impl.sequences->result();
    if (impl.texts)
        judgement.texts = impl.texts->result(bootstrap, stop);
    if (impl.truthBefore) {
        judgement.truthBefore = impl.truthBefore->result(bootstrap, stop);
        judgement.truthAfter = impl.truthAfter->result(bootstrap, stop);
    }
    return judgement;
}

} // namespace quantoscope
