// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/fake/activationquantizer.h"

#include "core/quant/elements/elementformat.h"
#include "core/quant/formats.h"
#include "core/quant/parameterize.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Elements of one task: small enough for the first cache.
constexpr std::size_t perTask = 1 << 13;

Scheme engineScheme(const ActivationScheme& act)
{
    Scheme scheme = schemeOf(act);
    if (scheme.range.kind == RangeRule::Kind::Dynamic)
        scheme.range = {};
    return scheme;
}

/// body(begin, count) over stretches of [0, size), in parallel where there are several.
template <class Body>
void forStretches(std::size_t size, const std::stop_token& stop, Body body)
{
    if (size <= perTask) {
        throwIfStopped(stop);
        body(std::size_t{0}, size);
        return;
    }
    parallelFor((size + perTask - 1) / perTask,
                [&](std::size_t task) { body(task * perTask, std::min(perTask, size - task * perTask)); },
                stop);
}

template <class Integer>
void toLevels(const QuantizeRule& rule, const Integer* integers, std::span<float> out)
{
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = rule.scale * static_cast<float>(std::int32_t{integers[i]} - rule.zeroPoint) + rule.offset;
}

} // namespace

/// Rows of consecutive values, and which of them make a set.
struct ActivationQuantizer::Cut
{
    std::size_t rows = 1;
    std::size_t perRow = 0;
    std::size_t perSet = 0;  ///< values that share a range, whole rows
    std::size_t perUnit = 0; ///< values that the engine sees as one tensor: whole sets
};

ActivationQuantizer::ActivationQuantizer(ActivationRule rule, Isa isa)
    : m_rule(std::move(rule)), m_isa(isa), m_scheme(engineScheme(m_rule.act))
{
    Scheme whole;
    whole.act = m_rule.act;
    validate(whole);
    if (m_rule.act.format != Format::Int || m_rule.act.rounding.kind == Rounding::Kind::Stochastic)
        return;
    m_form.emplace(m_rule.act);
    const RangeRule& range = m_rule.act.range;
    if (range.kind == RangeRule::Kind::Manual)
        m_static = m_form->ruleFor({static_cast<float>(range.a), static_cast<float>(range.b)}).quantize;
}

void ActivationQuantizer::run(const Shape& shape, std::span<const float> in, std::span<float> out,
                              std::stop_token stop) const
{
    if (in.empty())
        return;
    const std::size_t samples = shape.empty() ? 1 : static_cast<std::size_t>(shape.front());
    Cut cut;
    cut.perRow = in.size() / samples;
    if (!m_rule.rowsAreSamples && !shape.empty())
        cut.perRow = static_cast<std::size_t>(shape.back());
    cut.rows = in.size() / cut.perRow;
    const bool whole = m_rule.dynamicRange == DynamicRange::Tensor || shape.size() < 2;
    cut.perUnit = whole ? in.size() : in.size() / samples;
    cut.perSet = m_rule.act.granularity.kind == Granularity::Kind::Row ? cut.perRow : cut.perUnit;
    if (m_rule.halfFeatures.empty())
        return quantize(cut, in, out, stop);

    const std::size_t inner =
        m_rule.rowsAreSamples && shape.size() > 1 ? cut.perRow / static_cast<std::size_t>(shape[1]) : 1;
    const std::size_t features = cut.perRow / inner;
    if (features != m_rule.halfFeatures.size())
        throw Error(ErrorCode::SchemeMismatch, "Activations of " + std::to_string(features)
                                                   + " features came to a layer whose weight has "
                                                   + std::to_string(m_rule.halfFeatures.size()) + ".");
    const auto isHalf = [&](std::size_t i) { return m_rule.halfFeatures[i / inner % features] != 0; };
    std::vector<float> masked(in.begin(), in.end());
    for (std::size_t i = 0; i < masked.size(); ++i)
        if (isHalf(i))
            masked[i] = std::numeric_limits<float>::quiet_NaN();
    quantize(cut, masked, out, stop);
    static const ElementFormat& half = *findElementFormat("fp16");
    for (std::size_t i = 0; i < in.size(); ++i)
        if (isHalf(i))
            out[i] = half.decode(half.encode(in[i]));
}

void ActivationQuantizer::quantize(const Cut& cut, std::span<const float> in, std::span<float> out,
                                   const std::stop_token& stop) const
{
    if (m_form)
        return byForm(cut, in, out, stop);
    if (m_rule.signScale && m_rule.act.format == Format::Binary && m_scheme.grid == Grid::Symmetric)
        return bySigns(in, out, stop);
    for (std::size_t begin = 0; begin < in.size(); begin += cut.perUnit)
        byEngine(cut.perUnit / cut.perRow, in.subspan(begin, cut.perUnit), out.subspan(begin, cut.perUnit),
                 stop);
}

QuantizeRule ActivationQuantizer::ruleFor(std::span<const float> values, const std::stop_token& stop) const
{
    if (m_scheme.range.kind == RangeRule::Kind::MinMax) {
        const FiniteRange range = values.size() <= perTask
                                      ? rangeFinder(m_isa)(values.data(), values.size())
                                      : rangeOf(m_isa, {values.data(), 1, values.size()}, stop);
        return m_form->ruleFor({range.lo, range.hi}).quantize;
    }
    Scheme one = m_scheme;
    one.granularity = {};
    return m_form->ruleFor(estimateRanges({values, 1, values.size(), 0, nullptr}, one, stop).front())
        .quantize;
}

void ActivationQuantizer::convert(const QuantizeRule& rule, std::span<const float> in,
                                  std::span<float> out) const
{
    constexpr std::size_t atOnce = 2048;
    const Quantizer& loops = quantizer(m_isa);
    for (std::size_t begin = 0; begin < in.size(); begin += atOnce) {
        const std::size_t count = std::min(atOnce, in.size() - begin);
        if (m_rule.act.bits <= 8) {
            std::array<std::int8_t, atOnce> integers;
            loops.toInt8(in.data() + begin, count, rule, integers.data());
            toLevels(rule, integers.data(), out.subspan(begin, count));
        } else {
            std::array<std::int16_t, atOnce> integers;
            loops.toInt16(in.data() + begin, count, rule, integers.data());
            toLevels(rule, integers.data(), out.subspan(begin, count));
        }
    }
}

void ActivationQuantizer::byForm(const Cut& cut, std::span<const float> in, std::span<float> out,
                                 const std::stop_token& stop) const
{
    const auto convertAll = [&](const QuantizeRule& rule, std::size_t from, std::size_t size) {
        forStretches(size, stop, [&](std::size_t begin, std::size_t count) {
            convert(rule, in.subspan(from + begin, count), out.subspan(from + begin, count));
        });
    };
    if (m_static)
        return convertAll(*m_static, 0, in.size());
    if (cut.perSet > perTask) {
        for (std::size_t begin = 0; begin < in.size(); begin += cut.perSet)
            convertAll(ruleFor(in.subspan(begin, cut.perSet), stop), begin, cut.perSet);
        return;
    }
    const std::size_t setsPerTask = perTask / cut.perSet;
    const std::size_t sets = in.size() / cut.perSet;
    parallelFor((sets + setsPerTask - 1) / setsPerTask,
                [&](std::size_t task) {
                    for (std::size_t s = task * setsPerTask; s < std::min(sets, (task + 1) * setsPerTask);
                         ++s) {
                        const auto set = in.subspan(s * cut.perSet, cut.perSet);
                        convert(ruleFor(set, stop), set, out.subspan(s * cut.perSet, cut.perSet));
                    }
                },
                stop);
}

void ActivationQuantizer::bySigns(std::span<const float> in, std::span<float> out,
                                  const std::stop_token& stop) const
{
    const float alpha = *m_rule.signScale;
    forStretches(in.size(), stop, [&](std::size_t begin, std::size_t count) {
        for (std::size_t i = begin; i < begin + count; ++i)
            out[i] = in[i] >= 0 ? alpha : -alpha;
    });
}

void ActivationQuantizer::byEngine(std::size_t rows, std::span<const float> in, std::span<float> out,
                                   const std::stop_token& stop) const
{
    const bool byRow = m_scheme.granularity.kind == Granularity::Kind::Channel
                       || infoOf(m_scheme.format).family == Family::Blocks;
    const std::size_t channels = byRow ? rows : 1;
    const ChannelMajor values{in, channels, in.size() / channels, 0, nullptr};
    const std::vector<Interval> ranges =
        hasRanges(m_scheme) ? requestedRanges(values, m_scheme, stop) : std::vector<Interval>{};
    const ParamSets params = parameterize(values, m_scheme, ranges, stop);
    const std::vector<float> levels = quantoscope::quantize(values, params).values;
    std::copy(levels.begin(), levels.end(), out.begin());
    if (m_scheme.format != Format::Int && m_scheme.format != Format::Binary)
        return;
    for (std::size_t i = 0; i < in.size(); ++i) { // as kernels take what is not finite
        if (std::isfinite(in[i]))
            continue;
        const SetParams& set = params.sets[params.sets.size() == 1 ? 0 : i / values.perChannel];
        const float x = std::isnan(in[i]) && m_scheme.format == Format::Int ? 0.0f : in[i];
        out[i] = levelValue(set, quantizeOne(m_scheme, set, params.codes, x, 0.5f));
    }
}

} // namespace quantoscope
