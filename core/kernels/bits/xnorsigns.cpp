// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnorsigns.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <bit>

namespace quantoscope {

namespace {

// Comparisons of eight values at a time into bytes of 0 and 1, then one multiplication that gathers their lowest bits: plain C++
// that compilers turn into vector code, at about the speed of memory.
constexpr std::uint64_t gather = 0x0102040810204080;

template <typename T>
std::uint64_t fullWord(const T* values, T threshold)
{
    alignas(64) std::uint8_t ones[64];
    for (int i = 0; i < 64; ++i)
        ones[i] = values[i] >= threshold ? 1 : 0;
    std::uint64_t word = 0;
    for (int b = 0; b < 8; ++b) {
        std::uint64_t eight = 0;
        for (int i = 0; i < 8; ++i)
            eight |= std::uint64_t{ones[8 * b + i]} << (8 * i);
        word |= (eight * gather >> 56) << (8 * b);
    }
    return word;
}

template <typename T>
std::uint64_t wordOf(const T* values, std::size_t count, T threshold)
{
    if (count >= 64)
        return fullWord(values, threshold);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i)
        word |= std::uint64_t{values[i] >= threshold} << i;
    return word;
}

template <typename T>
std::int32_t packRow(const T* values, const Depth& depth, T threshold, std::uint64_t* words)
{
    int ones = 0;
    for (std::size_t run = 0; run < depth.runs(); ++run) {
        const std::size_t size = depth.sizeOf(run);
        for (std::size_t k = 0; k < size; k += 64) {
            *words = wordOf(values + run * depth.run + k, size - k, threshold);
            ones += std::popcount(*words++);
        }
    }
    return 2 * ones - static_cast<std::int32_t>(depth.depth);
}

template <typename T>
void packRows(std::span<const T> values, std::size_t rows, const Depth& depth, T threshold, SignRows& into)
{
    if (values.size() != rows * depth.depth)
        throw Error(ErrorCode::InvalidArgument, "Binary activations have rows · depth values.");
    if (depth.depth != 0 && depth.run == 0)
        throw Error(ErrorCode::InvalidArgument, "A run of binary activations holds at least one value.");
    const std::size_t words = signWords(depth);
    into.rows = rows;
    into.depth = depth;
    into.scales.clear();
    into.sums.resize(rows);
    if (into.words.size() != rows * words)
        into.words = AlignedBuffer<std::uint64_t>(rows * words);
    const std::size_t block =
        std::max<std::size_t>(1, (std::size_t{1} << 16) / std::max<std::size_t>(1, depth.depth));
    parallelFor((rows + block - 1) / block, [&](std::size_t task) {
        for (std::size_t r = task * block; r < std::min(rows, (task + 1) * block); ++r)
            into.sums[r] =
                packRow(values.data() + r * depth.depth, depth, threshold, into.words.data() + r * words);
    });
}

} // namespace

std::size_t signWords(const Depth& depth)
{
    if (depth.depth == 0)
        return 0;
    return (depth.runs() - 1) * ((depth.run + 63) / 64) + (depth.sizeOf(depth.runs() - 1) + 63) / 64;
}

void packSigns(std::span<const float> values, std::size_t rows, const Depth& depth, SignRows& into)
{
    packRows(values, rows, depth, 0.0f, into);
}

void packSigns(std::span<const std::int8_t> values, std::size_t rows, const Depth& depth, SignRows& into)
{
    packRows(values, rows, depth, std::int8_t{0}, into);
}

SignRows packSigns(const CodeMatrix& codes)
{
    if (codes.bits != 1)
        throw Error(ErrorCode::InvalidArgument, "Binary rows are packed from codes of one bit.");
    SignRows rows;
    packRows(std::span<const std::uint16_t>(codes.codes), codes.outputs, codes.depth, std::uint16_t{1}, rows);
    return rows;
}

} // namespace quantoscope
