// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/saturating/saturatingproduct.h"

#include "core/kernels/saturating/saturatingdot.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <numeric>

namespace quantoscope {

namespace {

void require(bool holds, const char* what)
{
    if (!holds)
        throw Error(ErrorCode::InvalidArgument, what);
}

void validate(const CodeMatrix& weights, const SaturatingActivations& input, std::size_t outSize)
{
    weights.validate();
    require(weights.bits <= 8, "Saturating products take weights of at most 8 bits.");
    require(!weights.grouped, "Saturating products take one scale for each output, not groups.");
    require(std::all_of(weights.table.begin(), weights.table.end(),
                        [](std::int16_t value) { return value >= -128 && value <= 127; }),
            "Saturating products take tables of signed bytes.");
    require(input.depth == weights.depth.depth,
            "The activations are not as deep as the weights they are multiplied with.");
    require(input.depth <= 131070, "A saturating product deeper than 131,070 may leave 32 bits.");
    require(input.values.size() == input.rows * input.depth,
            "Activations are one for each row and input of the product.");
    require(input.zero.empty() || input.zero.size() == input.rows, "Zero points are one for each row.");
    require(outSize == input.rows * weights.outputs,
            "The result of a product has one place for each row and output.");
}

std::size_t padded(std::size_t depth)
{
    return (depth + saturatingStep - 1) / saturatingStep * saturatingStep;
}

/// One output's weights as signed bytes.
struct Column
{
    std::vector<std::int8_t> bytes; ///< padded with 0
    std::int64_t zero = 0;          ///< of the bytes
    std::int64_t sum = 0;           ///< Σ (fw·byte - zero)

    Column(const CodeMatrix& weights, std::size_t output) : bytes(padded(weights.depth.depth))
    {
        const std::size_t depth = weights.depth.depth;
        const bool isTable = !weights.table.empty();
        const int shift = 1 << (weights.bits - 1);
        for (std::size_t k = 0; k < depth; ++k) {
            const std::uint16_t code = weights.codes[output * depth + k];
            bytes[k] = static_cast<std::int8_t>(isTable ? weights.table[code] : code - shift);
        }
        zero = isTable ? 0 : weights.zero[output] - std::int64_t{weights.factor} * shift;
        sum = weights.factor * std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0})
              - zero * static_cast<std::int64_t>(depth);
    }
};

/// Rows padded with 0, and their sums.
struct Rows
{
    std::size_t size;
    std::vector<std::uint8_t> bytes;
    std::vector<std::int64_t> sums;

    explicit Rows(const SaturatingActivations& input)
        : size(padded(input.depth)), bytes(input.rows * size), sums(input.rows)
    {
        for (std::size_t m = 0; m < input.rows; ++m) {
            const std::uint8_t* from = input.values.data() + m * input.depth;
            std::copy_n(from, input.depth, bytes.data() + m * size);
            sums[m] = std::accumulate(from, from + input.depth, std::int64_t{0});
        }
    }
};

} // namespace

Saturation multiplySaturating(const CodeMatrix& weights, const SaturatingActivations& input, Isa isa,
                              std::span<std::int32_t> out, std::stop_token stop)
{
    validate(weights, input, out.size());
    const SaturatingDot dot = saturatingDot(isa);
    const Rows rows(input);
    std::vector<std::int64_t> saturated(weights.outputs);
    const auto multiplyOutput = [&](std::size_t n) {
        const Column column(weights, n);
        for (std::size_t m = 0; m < input.rows; ++m) {
            if (m % 64 == 0)
                throwIfStopped(stop);
            const SaturatedSum sum = dot(rows.bytes.data() + m * rows.size, column.bytes.data(), rows.size);
            const std::int64_t zero = input.zero.empty() ? 0 : input.zero[m];
            out[m * weights.outputs + n] = static_cast<std::int32_t>(
                std::int64_t{weights.factor} * sum.sum - column.zero * rows.sums[m] - zero * column.sum);
            saturated[n] += sum.saturatedPairs;
        }
    };
    parallelFor(weights.outputs, multiplyOutput, stop);
    Saturation result;
    result.pairs = static_cast<std::int64_t>(input.rows * weights.outputs * ((input.depth + 1) / 2));
    result.saturated = std::accumulate(saturated.begin(), saturated.end(), std::int64_t{0});
    return result;
}

} // namespace quantoscope
