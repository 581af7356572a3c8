// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elementquantizer.h"

#include "core/quant/elements/elementformat.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Codes that no quotient of a sensible scale reaches.
constexpr CodeRange unclamped{-(1 << 26), 1 << 26};

} // namespace

ElementQuantizer::ElementQuantizer(const ChannelMajor& values, const ParamSets& params)
    : m_values(values), m_params(params)
{
}

std::size_t ElementQuantizer::quantize(std::size_t set, std::size_t begin, std::span<std::int32_t> codes,
                                       std::span<float> values) const
{
    std::size_t saturated = 0;
    if (m_params.coded) {
        byCode(set, begin, codes, values);
        adjustColumns(begin, codes, values);
    } else {
        saturated = byRule(set, begin, codes, values);
    }
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (!std::isfinite(m_values.values[begin + i])) {
            codes[i] = m_params.codes.min;
            values[i] = std::numeric_limits<float>::quiet_NaN();
        }
    }
    return saturated;
}

std::size_t ElementQuantizer::byRule(std::size_t set, std::size_t begin, std::span<std::int32_t> codes,
                                     std::span<float> values) const
{
    const Scheme& scheme = m_params.scheme;
    const SetParams& own = m_params.sets[set];
    const bool stochastic = scheme.rounding.kind == Rounding::Kind::Stochastic;
    const bool clamps = scheme.format == Format::Int;
    std::size_t saturated = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const float x = m_values.values[begin + i];
        if (!std::isfinite(x))
            continue;
        const float draw =
            stochastic ? stochasticDraw(scheme.rounding.seed, m_values.memoryIndex(begin + i)) : 0;
        const int free = quantizeOne(scheme, own, clamps ? unclamped : m_params.codes, x, draw);
        codes[i] = std::clamp(free, m_params.codes.min, m_params.codes.max);
        saturated += codes[i] != free;
        values[i] = levelValue(own, codes[i]);
    }
    return saturated;
}

void ElementQuantizer::byCode(std::size_t set, std::size_t begin, std::span<std::int32_t> codes,
                              std::span<float> values) const
{
    const std::uint16_t* const stored = m_params.coded->codes.data() + begin;
    const int lowest = m_params.codes.min;
    const SetParams own = m_params.sets[set];
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = lowest + stored[i];
    if (const ValueTable* table = m_params.table(set)) {
        const float* const levels = table->values.data();
        for (std::size_t i = 0; i < codes.size(); ++i)
            values[i] = own.scale * levels[stored[i]];
        return;
    }
    for (std::size_t i = 0; i < codes.size(); ++i)
        values[i] = levelValue(own, codes[i]);
}

void ElementQuantizer::adjustColumns(std::size_t begin, std::span<std::int32_t> codes,
                                     std::span<float> values) const
{
    const CodedTensor& coded = *m_params.coded;
    if (coded.columnFactors.empty() && coded.halfColumns.empty())
        return;
    static const ElementFormat& half = *findElementFormat("fp16");
    const std::size_t first =
        begin % m_values.perChannel; // a set never crosses channels but as a whole tensor
    std::size_t column = first;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (!coded.columnFactors.empty())
            values[i] /= coded.columnFactors[column];
        if (!coded.halfColumns.empty() && coded.halfColumns[column] != 0) {
            codes[i] = std::clamp(0, m_params.codes.min, m_params.codes.max);
            values[i] = half.decode(half.encode(m_values.values[begin + i]));
        }
        if (++column == m_values.perChannel)
            column = 0;
    }
}

} // namespace quantoscope
