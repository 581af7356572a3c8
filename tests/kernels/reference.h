// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"

#include <cstdint>
#include <random>
#include <vector>

namespace quantoscope::test {

/// Activations as integers, row-major; value p stands for factor · p - zero of its row.
struct Activations
{
    std::size_t rows = 0;
    std::size_t depth = 0;
    std::vector<std::int16_t> values; ///< [rows][depth]
    std::int32_t factor = 1;
    std::vector<std::int32_t> zero; ///< one a row
};

/// e of CodeMatrix, as its header defines it.
inline std::int64_t integerOf(const CodeMatrix& weights, std::size_t output, std::size_t k)
{
    const std::uint16_t code = weights.codes[output * weights.depth.depth + k];
    if (!weights.table.empty())
        return weights.table[code];
    const std::size_t set = output * weights.setsPerOutput() + (weights.grouped ? k / weights.depth.run : 0);
    return std::int64_t{weights.factor} * code - weights.zero[set];
}

/// Σ_k (factor·p - zero_m) · e_nk as [rows][outputs], term by term in int64.
inline std::vector<std::int64_t> referenceProduct(const CodeMatrix& weights, const Activations& input)
{
    std::vector<std::int64_t> sums(input.rows * weights.outputs);
    for (std::size_t m = 0; m < input.rows; ++m)
        for (std::size_t n = 0; n < weights.outputs; ++n)
            for (std::size_t k = 0; k < input.depth; ++k)
                sums[m * weights.outputs + n] +=
                    integerOf(weights, n, k)
                    * (std::int64_t{input.factor} * input.values[m * input.depth + k] - input.zero[m]);
    return sums;
}

/// Codes uniform over all of `bits`, zeros in the middle, scales about 0.01; `run` = 0: one run.
inline CodeMatrix randomWeights(std::size_t outputs, std::size_t depth, int bits, std::uint64_t seed,
                                std::size_t run = 0, bool grouped = false)
{
    std::mt19937_64 random(seed);
    CodeMatrix weights;
    weights.outputs = outputs;
    weights.depth = {depth, run == 0 ? (depth == 0 ? 1 : depth) : run};
    weights.bits = bits;
    weights.grouped = grouped;
    weights.codes.resize(outputs * depth);
    for (std::uint16_t& code : weights.codes)
        code = static_cast<std::uint16_t>(random() & ((1U << bits) - 1));
    const std::size_t sets = outputs * weights.setsPerOutput();
    weights.zero.assign(sets, 1 << (bits - 1));
    weights.scale.resize(sets);
    for (float& scale : weights.scale)
        scale = 0.005f + static_cast<float>(random() % 1000) * 1e-5f;
    return weights;
}

/// Values uniform over all signed `bits`.
inline Activations randomActivations(std::size_t rows, std::size_t depth, int bits, std::uint64_t seed,
                                     std::int32_t zero = 0)
{
    std::mt19937_64 random(seed);
    Activations input;
    input.rows = rows;
    input.depth = depth;
    input.values.resize(rows * depth);
    const std::int64_t half = std::int64_t{1} << (bits - 1);
    for (std::int16_t& value : input.values)
        value = static_cast<std::int16_t>(
            static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * half)) - half);
    input.zero.assign(rows, zero);
    return input;
}

} // namespace quantoscope::test
