// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/product/packedweights.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace quantoscope {

namespace {

/// Σ e of one output; beyond int32 it wraps around like the sums it corrects.
std::int32_t sumOf(const CodeMatrix& weights, std::size_t output)
{
    const std::uint16_t* codes = weights.codes.data() + output * weights.depth.depth;
    const std::uint16_t* end = codes + weights.depth.depth;
    std::int64_t sum = 0;
    if (weights.table.empty())
        sum = weights.factor * std::accumulate(codes, end, std::int64_t{0})
              - static_cast<std::int64_t>(weights.depth.depth) * weights.zero[output];
    else
        for (; codes != end; ++codes)
            sum += weights.table[*codes];
    return static_cast<std::int32_t>(sum);
}

} // namespace

std::uint64_t PackedWeights::size() const
{
    return planes.size() + 4 * (zero.size() + sum.size() + scale.size() + offset.size());
}

ColumnTerms PackedWeights::columns(std::size_t first) const
{
    ColumnTerms terms;
    terms.zero = zero.data() + first;
    terms.sum = sum.data() + first;
    terms.scale = scale.data() + first;
    terms.offset = offset.empty() ? nullptr : offset.data() + first;
    terms.depth = static_cast<std::int32_t>(planes.depth.depth);
    return terms;
}

PackedWeights packWeights(const CodeMatrix& weights, Isa isa, std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    if (weights.setsPerOutput() != 1)
        throw Error(ErrorCode::InvalidArgument,
                    "Weights with a scale for each group are multiplied group by group, not as a whole.");
    PackedWeights packed;
    packed.planes = packPlanes(weights, isa, stop);
    packed.factor = weights.factor;
    packed.zero = weights.zero;
    if (packed.planes.hasTable)
        packed.zero.assign(weights.outputs, packed.planes.shift);
    packed.scale = weights.scale;
    packed.offset = weights.offset;
    packed.largestInteger = weights.largestInteger();
    packed.sum.resize(weights.outputs);
    constexpr std::size_t atOnce = 64;
    parallelFor((weights.outputs + atOnce - 1) / atOnce,
                [&](std::size_t task) {
                    const std::size_t end = std::min(weights.outputs, (task + 1) * atOnce);
                    for (std::size_t output = task * atOnce; output < end; ++output)
                        packed.sum[output] = sumOf(weights, output);
                },
                stop);
    packed.packSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return packed;
}

} // namespace quantoscope
