// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizerows.h"

#include "core/kernels/input/rowsum.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t stretchLength = std::size_t{1} << 18; ///< of one task, about 0.1 ms

PackedSum run(const Quantizer& kernel, const float* x, std::size_t count, const QuantizeRule& rule,
              std::int8_t* out)
{
    return kernel.toInt8(x, count, rule, out);
}

PackedSum run(const Quantizer& kernel, const float* x, std::size_t count, const QuantizeRule& rule,
              std::int16_t* out)
{
    return kernel.toInt16(x, count, rule, out);
}

/// A row in stretches, one task each.
template <typename Out>
PackedSum quantizeLongRow(const Quantizer& kernel, const FloatRows& input, std::size_t row,
                          const QuantizeRule& rule, Out* out, const std::stop_token& stop)
{
    std::vector<PackedSum> parts((input.depth + stretchLength - 1) / stretchLength);
    parallelFor(
        parts.size(),
        [&](std::size_t i) {
            const std::size_t begin = i * stretchLength;
            parts[i] = run(kernel, input.row(row) + begin, std::min(stretchLength, input.depth - begin), rule,
                           out + begin);
        },
        stop);
    PackedSum all;
    for (const PackedSum& part : parts) {
        all.sum += part.sum;
        all.nonFinite += part.nonFinite;
    }
    return all;
}

template <typename Out>
std::size_t quantizeAll(Isa isa, const FloatRows& input, const ActivationRules& rules, Out* out,
                        std::span<RowTerms> terms, const std::stop_token& stop)
{
    if (terms.size() != input.rows)
        throw Error(ErrorCode::InvalidArgument, "Activations of " + std::to_string(input.rows)
                                                    + " rows need as many terms, not "
                                                    + std::to_string(terms.size()) + ".");
    const RowRules ruleOf(isa, input, rules, 8 * sizeof(Out), stop);
    const Quantizer& kernel = quantizer(isa);
    std::vector<std::size_t> nonFinite(input.rows);
    const auto quantizeRow = [&](std::size_t row) {
        const RowRule rule = ruleOf(row);
        Out* to = out + row * input.depth;
        const PackedSum sum = input.depth > 2 * stretchLength
                                  ? quantizeLongRow(kernel, input, row, rule.quantize, to, stop)
                                  : run(kernel, input.row(row), input.depth, rule.quantize, to);
        terms[row] = rule.terms;
        terms[row].sum = sumOfRow(sum.sum, row);
        nonFinite[row] = sum.nonFinite;
    };
    const std::size_t perTask =
        std::max<std::size_t>(1, stretchLength / 16 / std::max<std::size_t>(1, input.depth));
    const std::size_t tasks = (input.rows + perTask - 1) / perTask;
    const auto quantizeTask = [&](std::size_t task) {
        for (std::size_t row = task * perTask; row < std::min(input.rows, (task + 1) * perTask); ++row)
            quantizeRow(row);
    };
    if (tasks == 1)
        quantizeTask(0);
    else
        parallelFor(tasks, quantizeTask, stop);
    std::size_t all = 0;
    for (const std::size_t count : nonFinite)
        all += count;
    return all;
}

} // namespace

std::int32_t sumOfRow(std::int64_t sum, std::size_t row)
{
    if (sum < std::numeric_limits<std::int32_t>::min() || sum > std::numeric_limits<std::int32_t>::max())
        throw Error(ErrorCode::InvalidArgument,
                    "The packed integers of row " + std::to_string(row) + " add up beyond 32 bits.");
    return static_cast<std::int32_t>(sum);
}

std::size_t quantizeRows(Isa isa, const FloatRows& input, const ActivationRules& rules, std::int8_t* out,
                         std::span<RowTerms> terms, std::stop_token stop)
{
    return quantizeAll(isa, input, rules, out, terms, stop);
}

std::size_t quantizeRows(Isa isa, const FloatRows& input, const ActivationRules& rules, std::int16_t* out,
                         std::span<RowTerms> terms, std::stop_token stop)
{
    return quantizeAll(isa, input, rules, out, terms, stop);
}

} // namespace quantoscope
