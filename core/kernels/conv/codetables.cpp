// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/codetables.h"

#include "core/kernels/conv/convolution.h"
#include "core/kernels/conv/tilecodes.h"
#include "core/kernels/conv/zerocode.h"

#include <cstddef>
#include <utility>

namespace quantoscope {

namespace {

class Tables
{
public:
    Tables(const PackedConv& conv, const RowTerms& terms, const QuantizedOutput& rule, std::size_t size)
        : m_rule(rule), m_zero(terms.zero), m_sums(conv.windows.sumsOf(conv.windows.whole()))
    {
        m_tables.starts = AlignedBuffer<std::int32_t>(size);
        m_tables.multipliers = AlignedBuffer<float>(size);
    }

    void put(std::size_t output, std::size_t at, std::int32_t start)
    {
        const auto wrapped = [](std::int32_t number) { return static_cast<std::uint32_t>(number); };
        const std::int32_t bias = m_rule.bias != nullptr ? m_rule.bias[output] : 0;
        m_tables.starts.data()[at] = static_cast<std::int32_t>(wrapped(start) + wrapped(bias)
                                                               - wrapped(m_zero) * wrapped(m_sums[output]));
        m_tables.multipliers.data()[at] = m_rule.floatMultipliers[output];
    }
    CodeTables take() { return std::move(m_tables); }

private:
    const QuantizedOutput& m_rule;
    std::int32_t m_zero;
    const std::int32_t* m_sums;
    CodeTables m_tables;
};

CodeTables ofDense(const PackedConv& conv, const RowTerms& terms, const QuantizedOutput& rule)
{
    Tables tables(conv, terms, rule, conv.dense.starts.size());
    for (std::size_t output = 0; output < conv.windows.outputs; ++output) {
        const std::size_t at = conv.dense.placeOf(output);
        tables.put(output, at, conv.dense.starts.data()[at]);
    }
    return tables.take();
}

CodeTables ofDepthwise(const PackedConv& conv, const RowTerms& terms, const QuantizedOutput& rule)
{
    const DepthwiseWeights& weights = conv.depthwise;
    Tables tables(conv, terms, rule, weights.period);
    for (std::size_t lane = 0; lane < weights.period; ++lane)
        if (const std::size_t output = lane % weights.lanes; output < weights.outputs) {
            const std::size_t at = weights.kernel->place(lane);
            tables.put(output, at, weights.start.data()[at]);
        }
    return tables.take();
}

} // namespace

CodeTables codeTables(const PackedConv& conv, const RowTerms& terms, std::int32_t factor,
                      const QuantizedOutput& rule)
{
    ConvInput input;
    input.factor = factor;
    input.terms = {&terms, 1};
    const bool fits = rule.rule == Requantization::Float && factor == 1 && zeroCode(conv, terms, factor)
                      && biasesFit(conv, input, rule);
    if (!fits)
        return {};
    if (conv.depthwise.kernel != nullptr)
        return conv.depthwise.kernel->toCodes != nullptr ? ofDepthwise(conv, terms, rule) : CodeTables();
    return conv.dense.starts.size() > 0 ? ofDense(conv, terms, rule) : CodeTables();
}

} // namespace quantoscope
