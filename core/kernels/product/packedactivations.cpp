// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/product/packedactivations.h"

#include "core/kernels/planes/depthsteps.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace quantoscope {

namespace {

/// Kernels that read whole chunks of weight planes go up to 7 steps of 12 rows beyond the last.
constexpr std::size_t bytesBehind = 512;

void packStep(const std::int8_t* values, std::size_t count, int step, std::byte* to)
{
    if (step == 4) {
        std::int8_t four[4] = {};
        std::memcpy(four, values, count);
        std::memcpy(to, four, 4);
    } else {
        const std::int16_t two[2] = {values[0], count == 2 ? std::int16_t{values[1]} : std::int16_t{0}};
        std::memcpy(to, two, 4);
    }
}

/// Eight values at a time as unsigned bytes in four 16-bit fields, which hold 128 sums of two.
std::int64_t sumOfEights(const std::int8_t* values, std::size_t eights)
{
    constexpr std::uint64_t even = 0x00FF00FF00FF00FF;
    std::uint64_t fields = 0;
    for (std::size_t i = 0; i < eights; ++i) {
        std::uint64_t eight;
        std::memcpy(&eight, values + 8 * i, 8);
        eight ^= 0x8080808080808080;
        fields += (eight & even) + (eight >> 8 & even);
    }
    const std::uint64_t pairs = (fields & 0x0000FFFF0000FFFF) + (fields >> 16 & 0x0000FFFF0000FFFF);
    return static_cast<std::int64_t>((pairs & 0xFFFFFFFF) + (pairs >> 32))
           - 128 * 8 * static_cast<std::int64_t>(eights);
}

std::int32_t sumOf(const std::int8_t* values, std::size_t count)
{
    std::int64_t sum = 0;
    std::size_t at = 0;
    while (count - at >= 8) {
        const std::size_t eights = std::min<std::size_t>((count - at) / 8, 128);
        sum += sumOfEights(values + at, eights);
        at += eights * 8;
    }
    for (; at < count; ++at)
        sum += values[at];
    return static_cast<std::int32_t>(sum);
}

/// Whole steps [first, last) of one row of a single run.
template <int step>
void packSteps(const std::int8_t* values, std::size_t first, std::size_t last, std::byte* to,
               std::ptrdiff_t stride)
{
    to += static_cast<std::ptrdiff_t>(first) * stride;
    for (std::size_t at = first; at < last; ++at, to += stride)
        packStep(values + at * step, step, step, to);
}

/// A block of rows a cache line of each at a time: its lines in the packed order are written whole.
void packRun(const std::int8_t* values, const RowBlock& block, PackedActivations& into)
{
    const std::size_t depth = into.depth.depth;
    const auto codes = static_cast<std::size_t>(into.step);
    const std::size_t whole = depth / codes;
    const std::size_t atOnce = 64 / codes;
    const std::ptrdiff_t stride = PackedActivations::strideOf(block);
    for (std::size_t first = 0; first < whole; first += atOnce)
        for (std::size_t r = 0; r < static_cast<std::size_t>(block.rows); ++r) {
            const std::int8_t* from = values + (block.first + r) * depth;
            const std::size_t last = std::min(first + atOnce, whole);
            std::byte* to = into.row(block, block.first + r);
            into.step == 4 ? packSteps<4>(from, first, last, to, stride)
                           : packSteps<2>(from, first, last, to, stride);
        }
    for (std::size_t row = block.first; row < block.first + static_cast<std::size_t>(block.rows); ++row) {
        const std::int8_t* from = values + row * depth;
        if (depth % codes != 0)
            packStep(from + whole * codes, depth % codes, into.step,
                     into.row(block, row) + static_cast<std::ptrdiff_t>(whole) * stride);
        into.terms[row].sum = sumOf(from, depth);
    }
}

} // namespace

void PackedActivations::layOut(Isa isaWanted, const Depth& depthWanted, std::size_t rowsWanted)
{
    const TileKernel& kernel = tileKernel(isaWanted);
    isa = isaWanted;
    step = kernel.step;
    depth = depthWanted;
    rows = rowsWanted;
    steps = depthStepCount(depth, step);
    const auto most = static_cast<std::size_t>(kernel.rows);
    const std::size_t count = (rows + most - 1) / most;
    blocks.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t first = i * rows / count;
        blocks[i] = {first, static_cast<int>((i + 1) * rows / count - first), first * steps * 4};
    }
    terms.resize(rows);
    if (const std::size_t needed = rows * steps * 4 + bytesBehind; bytes.size() < needed)
        bytes = AlignedBuffer<std::byte>(needed);
}

std::byte* PackedActivations::row(const RowBlock& block, std::size_t row)
{
    return bytes.data() + block.offset + 4 * (row - block.first);
}

std::int64_t PackedActivations::largestInteger() const
{
    std::int64_t largest = 0;
    for (const RowTerms& term : terms)
        for (const std::int64_t end : {-128, 127})
            largest = std::max(largest, std::abs(factor * end - term.zero));
    return largest;
}

std::int32_t packRow(const std::int8_t* values, const Depth& depth, int step, std::byte* to,
                     std::ptrdiff_t stride)
{
    const auto codes = static_cast<std::size_t>(step);
    for (std::size_t run = 0; run < depth.runs(); ++run) {
        const std::int8_t* from = values + run * depth.run;
        std::size_t left = depth.sizeOf(run);
        for (; left >= codes; left -= codes, from += codes, to += stride)
            packStep(from, codes, step, to);
        if (left > 0) {
            packStep(from, left, step, to);
            to += stride;
        }
    }
    return sumOf(values, depth.depth);
}

void packActivations(const std::int8_t* values, std::span<const RowTerms> terms, const Depth& depth, Isa isa,
                     PackedActivations& into, std::stop_token stop)
{
    into.layOut(isa, depth, terms.size());
    std::copy(terms.begin(), terms.end(), into.terms.begin());
    const auto packBlock = [&](std::size_t index) {
        const RowBlock& block = into.blocks[index];
        if (depth.runs() == 1)
            return packRun(values, block, into);
        const std::size_t end = block.first + static_cast<std::size_t>(block.rows);
        for (std::size_t row = block.first; row < end; ++row)
            into.terms[row].sum = packRow(values + row * depth.depth, depth, into.step, into.row(block, row),
                                          PackedActivations::strideOf(block));
    };
    if (into.blocks.size() == 1)
        packBlock(0);
    else
        parallelFor(into.blocks.size(), packBlock, stop);
}

} // namespace quantoscope
