// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/activationrules.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <string>
#include <vector>

namespace quantoscope {

FiniteRange rangeOf(Isa isa, const FloatRows& input, std::stop_token stop)
{
    constexpr std::size_t perTask = std::size_t{1} << 18;
    const std::size_t count = input.rows * input.depth;
    std::vector<FiniteRange> parts((count + perTask - 1) / perTask);
    const auto takePart = [&](std::size_t i) {
        parts[i] = rangeFinder(isa)(input.values + i * perTask, std::min(perTask, count - i * perTask));
    };
    if (parts.size() == 1)
        takePart(0);
    else
        parallelFor(parts.size(), takePart, stop);
    FiniteRange all;
    for (const FiniteRange& part : parts)
        all.merge(part);
    return all;
}

RowRules::RowRules(Isa isa, const FloatRows& input, const ActivationRules& rules, int bits,
                   std::stop_token stop)
    : m_isa(isa), m_input(input), m_rules(rules), m_bits(bits)
{
    for (const RowRule& rule : rules.given)
        validate(rule.quantize, bits);
    if (rules.given.empty() && rules.make == nullptr)
        throw Error(ErrorCode::InvalidArgument, "Activations cannot be quantized: there is no rule.");
    if (rules.given.size() > 1 && rules.given.size() != input.rows)
        throw Error(ErrorCode::InvalidArgument, "Activations of " + std::to_string(input.rows)
                                                    + " rows need as many rules or one, not "
                                                    + std::to_string(rules.given.size()) + ".");
    if (rules.given.size() == 1) {
        m_common = rules.given[0];
    } else if (rules.given.empty() && !rules.perRow) {
        m_common = rules.make(rangeOf(isa, input, stop));
        validate(m_common.quantize, bits);
    }
}

RowRule RowRules::operator()(std::size_t row) const
{
    if (m_rules.given.size() > 1)
        return m_rules.given[row];
    if (!m_rules.given.empty() || !m_rules.perRow)
        return m_common;
    const RowRule rule = m_rules.make(rangeFinder(m_isa)(m_input.row(row), m_input.depth));
    validate(rule.quantize, m_bits);
    return rule;
}

} // namespace quantoscope
