// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elementquantizer.h"

#include "core/quant/elements/elementformat.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Codes that no quotient of a sensible scale reaches.
constexpr CodeRange unclamped{-(1 << 26), 1 << 26};

} // namespace

ElementQuantizer::ElementQuantizer(const ChannelMajor& values, const ParamSets& params)
    : m_values(values), m_params(params), m_coded(params.coded.get()),
      m_clamps(m_coded == nullptr && params.scheme.format == Format::Int)
{
}

ElementQuantizer::Element ElementQuantizer::operator()(std::size_t set, std::size_t index) const
{
    const float x = m_values.values[index];
    if (m_coded == nullptr) {
        const Rounding& rounding = m_params.scheme.rounding;
        const float draw = rounding.kind == Rounding::Kind::Stochastic
                               ? stochasticDraw(rounding.seed, m_values.memoryIndex(index))
                               : 0;
        const SetParams& own = m_params.sets[set];
        if (!m_clamps) {
            const int code = quantizeOne(m_params.scheme, own, m_params.codes, x, draw);
            return {code, levelValue(own, code), false};
        }
        const int free = quantizeOne(m_params.scheme, own, unclamped, x, draw);
        const int code = std::clamp(free, m_params.codes.min, m_params.codes.max);
        return {code, levelValue(own, code), code != free};
    }
    const std::size_t column = m_values.perChannel == 0 ? 0 : index % m_values.perChannel;
    if (!m_coded->halfColumns.empty() && m_coded->halfColumns[column] != 0) {
        static const ElementFormat& half = *findElementFormat("fp16");
        return {0, half.decode(half.encode(x)), false};
    }
    const int code = m_params.codes.min + m_coded->codes[index];
    const float value = valueOf(m_params, set, code);
    return {code, m_coded->columnFactors.empty() ? value : value / m_coded->columnFactors[column], false};
}

} // namespace quantoscope
