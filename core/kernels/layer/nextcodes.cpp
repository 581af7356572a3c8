// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/nextcodes.h"

#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

std::string whyNot(const RowTerms& input, const ColumnTerms& columns, std::size_t outputs,
                   const RowRule& next)
{
    const bool affine = next.quantize.offset == 0 && next.terms.offset == 0
                        && next.terms.scale == next.quantize.scale
                        && next.terms.zero == next.quantize.zeroPoint;
    if (columns.offset != nullptr || input.offset != 0 || !affine)
        return "Grids with a real offset leave the integers.";
    if (next.quantize.rounding != QuantizeRounding::HalfEven)
        return "Integers between layers are rounded half to even.";
    if (!(input.scale > 0) || !(next.quantize.scale > 0)
        || !std::all_of(columns.scale, columns.scale + outputs, [](float scale) { return scale > 0; }))
        return "Multipliers between layers are for scales above 0.";
    return {};
}

} // namespace

std::optional<NextCodes> NextCodes::make(const RowTerms& input, const ColumnTerms& columns,
                                         std::size_t outputs, const RealOutput& real, const RowRule& next,
                                         std::string& reason)
{
    reason = whyNot(input, columns, outputs, next);
    if (!reason.empty())
        return std::nullopt;
    NextCodes result;
    for (std::size_t n = 0; n < outputs; ++n) {
        const double multiplier = static_cast<double>(input.scale) * static_cast<double>(columns.scale[n])
                                  / static_cast<double>(next.quantize.scale);
        result.m_multipliers.push_back(static_cast<float>(multiplier));
    }
    if (!std::all_of(result.m_multipliers.begin(), result.m_multipliers.end(),
                     [](float multiplier) { return std::isfinite(multiplier); })) {
        reason = "Multipliers between layers are finite.";
        return std::nullopt;
    }
    try {
        if (!real.bias().empty())
            result.m_bias = quantizeBias(real.bias(), input.scale, std::span(columns.scale, outputs));
    } catch (const Error& error) { // a NaN
        reason = error.what();
        return std::nullopt;
    }
    if (!result.m_bias.overflowed.empty()) {
        reason = "A bias does not fit 32 bits at the scale of the sums.";
        return std::nullopt;
    }
    const FloatOutput clamp = real.rule();
    const bool clamps = clamp.low < clamp.high;
    result.m_rule.rule = Requantization::Float;
    result.m_rule.zeroPoint = next.quantize.zeroPoint;
    result.m_rule.low = clamps ? packedInteger(next.quantize, clamp.low) : next.quantize.low;
    result.m_rule.high = clamps ? packedInteger(next.quantize, clamp.high) : next.quantize.high;
    return result;
}

QuantizedOutput NextCodes::rule() const
{
    QuantizedOutput rule = m_rule;
    rule.floatMultipliers = m_multipliers.data();
    rule.bias = m_bias.values.empty() ? nullptr : m_bias.values.data();
    return rule;
}

} // namespace quantoscope
