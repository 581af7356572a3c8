// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/activationform.h"

#include "core/kernels/layer/oddintegers.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

QuantizeRounding roundingOf(Rounding::Kind kind)
{
    switch (kind) {
    case Rounding::Kind::HalfAway:
        return QuantizeRounding::HalfAway;
    case Rounding::Kind::HalfUp:
        return QuantizeRounding::HalfUp;
    case Rounding::Kind::Floor:
        return QuantizeRounding::Floor;
    default:
        return QuantizeRounding::HalfEven;
    }
}

/// What has to be taken from a code for it to be a signed integer of `bits` bits.
std::int32_t shiftOf(CodeRange codes, int bits)
{
    const int half = 1 << (bits - 1);
    return codes.min >= -half && codes.max < half ? 0 : codes.min + half;
}

} // namespace

ActivationForm::ActivationForm(const ActivationScheme& act)
    : m_scheme(schemeOf(act)), m_codes(codeRange(m_scheme)),
      m_dynamic(act.range.kind == RangeRule::Kind::Dynamic),
      m_perRow(act.granularity.kind == Granularity::Kind::Row)
{
    if (act.format != Format::Int)
        throw Error(ErrorCode::Unsupported, "Activations of format " + std::string(nameOf(act.format))
                                                + " are no integers: there is no kernel for them.");
    if (act.rounding.kind == Rounding::Kind::Stochastic)
        throw Error(ErrorCode::Unsupported,
                    "Kernels do not round activations by chance: use another act.rounding.");
    m_shift = shiftOf(m_codes, act.bits);
    m_factor = act.grid == Grid::MidRise ? 2 : 1;
}

RowRule ActivationForm::ruleFor(Interval range) const
{
    const SetParams set = makeParams(m_scheme, m_codes, range);
    QuantizeRule rule{set.scale,
                      set.offset,
                      set.zeroPoint - m_shift,
                      m_codes.min - m_shift,
                      m_codes.max - m_shift,
                      roundingOf(m_scheme.rounding.kind),
                      m_scheme.scaling == Scaling::Reciprocal};
    if (m_scheme.grid != Grid::MidRise)
        return affineRule(rule);
    // s·(q - qmin) - L = s/2 · (2·(q - qmin) - (qmax - qmin)), q = p + shift
    const std::int32_t steps = m_codes.max - m_codes.min;
    const std::int32_t lowest = 2 * (m_codes.min - m_shift);
    if (standsForOddIntegers(set, steps))
        return {rule, {set.scale / 2, 0, lowest + steps, 0}};
    return {rule, {set.scale / 2, set.offset, lowest, 0}};
}

std::vector<RowRule> ActivationForm::staticRules(const FloatRows& input, std::stop_token stop) const
{
    if (m_dynamic)
        return {};
    if (m_scheme.range.kind == RangeRule::Kind::Manual)
        return {ruleFor({static_cast<float>(m_scheme.range.a), static_cast<float>(m_scheme.range.b)})};
    if (input.rows == 0)
        return {ruleFor({})};
    Scheme scheme = m_scheme;
    scheme.granularity.kind = m_perRow ? Granularity::Kind::Channel : Granularity::Kind::Tensor;
    const std::span<const float> values(input.values, input.rows * input.depth);
    const ChannelMajor arranged{values, m_perRow ? input.rows : 1, m_perRow ? input.depth : values.size(), 0,
                                nullptr};
    std::vector<RowRule> rules;
    for (const Interval& range : estimateRanges(arranged, scheme, stop))
        rules.push_back(ruleFor(range));
    return rules;
}

ActivationRules ActivationForm::dynamicRules(Isa isa, const FloatRows& input, const LayerCall& call,
                                             std::vector<RowRule>& given, std::stop_token stop) const
{
    ActivationRules rules;
    rules.perRow = call.rowsPerRange == 1;
    rules.make = [this](const FiniteRange& range) { return ruleFor({range.lo, range.hi}); };
    const std::size_t count = call.rangeCount();
    if (call.ranges.empty() && (rules.perRow || count <= 1))
        return rules;
    given.resize(input.rows);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t first = i * call.rowsPerRange;
        const std::size_t rows = std::min(call.rowsPerRange, input.rows - first);
        RowRule rule;
        if (call.ranges.empty())
            rule = rules.make(rangeOf(isa, {input.row(first), rows, input.depth}, stop));
        else
            rule = ruleFor(call.ranges[i]);
        std::fill_n(given.begin() + static_cast<std::ptrdiff_t>(first), rows, rule);
    }
    rules.given = given;
    return rules;
}

} // namespace quantoscope
