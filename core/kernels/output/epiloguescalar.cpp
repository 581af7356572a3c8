// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/output/epiloguescalar.h"

#include "core/kernels/output/requantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

using Unsigned = std::uint32_t;

/// y of epilogue.h for column n; single terms may pass int32 and come back.
std::int32_t integerSum(std::int32_t acc, const ProductFactors& factors, const RowTerms& row,
                        const ColumnTerms& columns, int n)
{
    Unsigned y = Unsigned(acc) * Unsigned(factors.weight * factors.activation);
    if (columns.zero != nullptr)
        y -= Unsigned(columns.zero[n]) * (Unsigned(factors.activation) * Unsigned(row.sum));
    if (row.zero != 0)
        y -= Unsigned(row.zero) * Unsigned(columns.sum[n]);
    return static_cast<std::int32_t>(y);
}

template <typename Out, typename Convert>
void forSums(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
             const ColumnTerms& columns, Out* out, std::size_t stride, const Convert& convert)
{
    for (int m = 0; m < sums.rows; ++m) {
        const std::int32_t* acc = sums.acc + static_cast<std::size_t>(m) * sums.stride;
        Out* to = out + static_cast<std::size_t>(m) * stride;
        for (int n = 0; n < sums.columns; ++n)
            to[n] = convert(integerSum(acc[n], factors, rows[m], columns, n), m, n);
    }
}

void toInt32(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
             const ColumnTerms& columns, std::int32_t* out, std::size_t stride)
{
    forSums(sums, factors, rows, columns, out, stride, [](std::int32_t y, int, int) { return y; });
}

void toFloat(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
             const ColumnTerms& columns, const FloatOutput& output, float* out, std::size_t stride)
{
    const auto convert = [&](std::int32_t y, int m, int n) {
        const RowTerms& row = rows[m];
        float value = static_cast<float>(y) * (row.scale * columns.scale[n]);
        if (columns.offset != nullptr)
            value += columns.offset[n] * rowValueSum(factors, row, columns.depth);
        if (row.offset != 0)
            value += row.offset * (columns.scale[n] * static_cast<float>(columns.sum[n]));
        if (output.bias != nullptr)
            value += output.bias[n];
        if (!(output.low < output.high))
            return value;
        const float raised = value > output.low ? value : output.low;
        return raised < output.high ? raised : output.high;
    };
    forSums(sums, factors, rows, columns, out, stride, convert);
}

std::int32_t saturatedSum(std::int32_t a, std::int32_t b)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(std::int64_t{a} + b,
                                                              std::numeric_limits<std::int32_t>::min(),
                                                              std::numeric_limits<std::int32_t>::max()));
}

void toInt8(const TileSums& sums, const ProductFactors& factors, const RowTerms* rows,
            const ColumnTerms& columns, const QuantizedOutput& output, std::int8_t* out, std::size_t stride)
{
    // About the zero point nothing can pass int32.
    const std::int32_t low = output.low - output.zeroPoint;
    const std::int32_t high = output.high - output.zeroPoint;
    const auto convert = [&](std::int32_t y, int, int n) {
        const std::int32_t sum = output.bias == nullptr ? y : saturatedSum(y, output.bias[n]);
        std::int32_t steps = 0;
        if (output.rule == Requantization::Float)
            steps = static_cast<std::int32_t>(
                std::nearbyint(std::clamp(static_cast<float>(sum) * output.floatMultipliers[n],
                                          static_cast<float>(low), static_cast<float>(high))));
        else
            steps = std::clamp(requantize(sum, output.multipliers[n], output.rule), low, high);
        return static_cast<std::int8_t>(steps + output.zeroPoint);
    };
    forSums(sums, factors, rows, columns, out, stride, convert);
}

} // namespace

float rowValueSum(const ProductFactors& factors, const RowTerms& row, std::int32_t depth)
{
    const std::int64_t steps = std::int64_t{factors.activation} * row.sum - std::int64_t{row.zero} * depth;
    return row.scale * static_cast<float>(steps) + row.offset * static_cast<float>(depth);
}

const Epilogue& scalarEpilogue()
{
    static constexpr Epilogue table{toInt32, toFloat, toInt8};
    return table;
}

} // namespace quantoscope
