// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedactivations.h"

#include "core/kernels/grouped/groupedkernel.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace quantoscope {

namespace {

constexpr std::size_t step = GroupedLayout::step;

/// Steps of one row, each `stride` bytes behind the last.
void copySteps(const std::int8_t* from, std::size_t count, bool wide, std::byte* to, std::size_t stride)
{
    for (std::size_t k = 0; k < count; k += step, to += stride) {
        std::array<std::int8_t, step> codes{};
        if (count - k >= step)
            std::memcpy(codes.data(), from + k, step);
        else
            std::memcpy(codes.data(), from + k, count - k);
        if (!wide) {
            std::memcpy(to, codes.data(), step);
        } else {
            const std::array<std::int16_t, step> pairs = {codes[0], codes[2], codes[1], codes[3]};
            std::memcpy(to, pairs.data(), sizeof(pairs));
        }
    }
}

std::int32_t sumOf(const std::int8_t* codes, std::size_t count)
{
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < count; ++k)
        sum += codes[k];
    return sum;
}

void packBlock(const GroupedWeights& weights, const std::int8_t* values, std::size_t stride,
               std::size_t block, GroupedActivations& packed)
{
    const GroupedLayout& layout = weights.layout;
    const std::size_t first = packed.blocks[block];
    const std::size_t rows = packed.blocks[block + 1] - first;
    const std::size_t stepBytes = step * (packed.wide ? 2 : 1);
    std::byte* out = packed.codes.data() + first * packed.rowBytes;
    std::int32_t* const sums = packed.sums.data() + first * packed.groups;
    for (std::size_t group = 0; group < packed.groups; ++group) {
        const std::size_t size = layout.depth.sizeOf(group);
        for (std::size_t r = 0; r < rows; ++r) {
            const std::int8_t* const from = values + (first + r) * stride + group * layout.depth.run;
            copySteps(from, size, packed.wide, out + r * stepBytes, rows * stepBytes);
            sums[group * rows + r] = sumOf(from, size);
        }
        out += layout.steps(group) * rows * stepBytes;
    }
    const std::int32_t bias = modeOf(weights) == GroupedMode::General ? 0 : floatBias;
    if (layout.zeroBytes == 0)
        for (std::size_t i = first * packed.groups; i < (first + rows) * packed.groups; ++i)
            packed.starts[i] = bias - weights.zero * packed.sums[i];
}

/// Blocks of nearly equal size, none above `most` rows.
std::vector<std::size_t> cut(std::size_t rows, std::size_t most)
{
    const std::size_t count = (rows + most - 1) / most;
    std::vector<std::size_t> blocks(count + 1);
    for (std::size_t b = 0; b <= count && count > 0; ++b)
        blocks[b] = rows * b / count;
    return blocks;
}

} // namespace

GroupedActivations packGroupedActivations(const GroupedWeights& weights, std::size_t rows,
                                          const std::int8_t* values, std::size_t stride,
                                          std::span<const RowTerms> terms, std::int32_t factor, Isa isa,
                                          std::stop_token stop)
{
    if (terms.size() != rows || (rows > 1 && stride < weights.layout.depth.depth))
        throw Error(ErrorCode::InvalidArgument,
                    "The activations do not fit the weights: " + std::to_string(terms.size()) + " terms for "
                        + std::to_string(rows) + " rows, " + std::to_string(stride) + " values a row for "
                        + std::to_string(weights.layout.depth.depth) + " inputs.");
    const GroupedKernel kernel = groupedKernel(weights, isa);
    GroupedActivations packed;
    packed.isa = isa;
    packed.rows = rows;
    packed.depth = weights.layout.depth.depth;
    packed.wide = kernel.wide;
    packed.blocks = cut(rows, static_cast<std::size_t>(kernel.rows));
    packed.rowBytes = weights.layout.totalSteps() * step * (kernel.wide ? 2 : 1);
    packed.groups = weights.layout.groups();
    packed.codes = AlignedBuffer<std::byte>(rows * packed.rowBytes);
    packed.sums.resize(rows * packed.groups);
    packed.starts.resize(weights.layout.zeroBytes == 0 ? rows * packed.groups : 0);
    for (const RowTerms& row : terms) {
        packed.scale.push_back(static_cast<float>(factor) * row.scale);
        packed.shift.push_back(row.offset - row.scale * static_cast<float>(row.zero));
    }
    parallelFor(
        packed.blocks.size() - 1,
        [&](std::size_t block) { packBlock(weights, values, stride, block, packed); }, stop);
    return packed;
}

} // namespace quantoscope
