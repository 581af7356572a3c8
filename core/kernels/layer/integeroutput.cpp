// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/integeroutput.h"

#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

std::string whyNot(std::span<const RowTerms> rows, const ColumnTerms& columns, std::size_t outputs)
{
    const auto same = [&](const RowTerms& row) {
        return row.scale == rows[0].scale && row.zero == rows[0].zero;
    };
    if (rows.empty() || !std::all_of(rows.begin(), rows.end(), same))
        return "Rows with scales of their own have no common multiplier.";
    if (columns.offset != nullptr || rows[0].offset != 0)
        return "Grids with a real offset leave the integers.";
    if (!(rows[0].scale > 0)
        || !std::all_of(columns.scale, columns.scale + outputs, [](float scale) { return scale > 0; }))
        return "Fixed-point multipliers are for scales above 0.";
    return {};
}

double outputScaleOf(std::span<const float> y)
{
    double largest = 0;
    for (const float value : y)
        largest = std::max(largest, std::abs(static_cast<double>(value)));
    return largest > 0 ? largest / 127 : 1;
}

} // namespace

std::optional<IntegerOutput> IntegerOutput::make(std::span<const RowTerms> rows, const ColumnTerms& columns,
                                                 std::size_t outputs, std::span<const float> bias,
                                                 std::span<const float> y, std::string& reason)
{
    reason = whyNot(rows, columns, outputs);
    if (!reason.empty())
        return std::nullopt;
    const double outputScale = outputScaleOf(y);
    IntegerOutput result;
    try {
        for (std::size_t n = 0; n < outputs; ++n)
            result.m_multipliers.push_back(fixedPointOf(
                static_cast<double>(rows[0].scale) * static_cast<double>(columns.scale[n]) / outputScale));
        if (!bias.empty())
            result.m_bias = quantizeBias(bias, rows[0].scale, std::span(columns.scale, outputs));
    } catch (const Error& error) { // values so large that floats alone hold them
        reason = error.what();
        return std::nullopt;
    }
    return result;
}

QuantizedOutput IntegerOutput::rule() const
{
    QuantizedOutput rule;
    rule.multipliers = m_multipliers.data();
    rule.bias = m_bias.values.empty() ? nullptr : m_bias.values.data();
    return rule;
}

} // namespace quantoscope
