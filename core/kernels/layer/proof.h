// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace quantoscope {

/// e of CodeMatrix, as its header defines it: what kernels are compared with.
inline std::int64_t integerAt(const CodeMatrix& weights, std::size_t output, std::size_t k)
{
    const std::uint16_t code = weights.codes[output * weights.depth.depth + k];
    if (!weights.table.empty())
        return weights.table[code];
    const std::size_t set = output * weights.setsPerOutput() + (weights.grouped ? k / weights.depth.run : 0);
    return std::int64_t{weights.factor} * code - weights.zero[set];
}

/// Up to `most` indices spread over [0, count), the first and the last among them.
inline std::vector<std::size_t> sampled(std::size_t count, std::size_t most)
{
    std::vector<std::size_t> indices;
    const std::size_t taken = std::min(count, most);
    for (std::size_t i = 0; i < taken; ++i)
        indices.push_back(taken == 1 ? 0 : i * (count - 1) / (taken - 1));
    return indices;
}

constexpr std::size_t sampledRows = 12;
constexpr std::size_t sampledOutputs = 67;

} // namespace quantoscope
