// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/transpose.h"

#include "core/kernels/conv/transposeblocks.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/conv/transpose.cpp"
#include "core/kernels/foreachtarget-inl.h"

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quantoscope {
namespace HWY_NAMESPACE {
namespace {

constexpr std::size_t block = 16;

/// What no block covers.
void transposePlainly(const std::int8_t* from, std::size_t fromStride, std::size_t rows, std::size_t columns,
                      std::int8_t* to, std::size_t toStride)
{
    for (std::size_t c = 0; c < columns; ++c)
        for (std::size_t r = 0; r < rows; ++r)
            to[c * toStride + r] = from[r * fromStride + c];
}

#if HWY_TARGET != HWY_SCALAR

namespace hn = hwy::HWY_NAMESPACE;

/// One of four stages: element pairs (r, r + 8) become neighbours. After four of them each 16-byte block holds a column.
template <class D>
HWY_INLINE void interleaveRows(D d, hn::Vec<D> (&rows)[block])
{
    hn::Vec<D> mixed[block];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < block / 2; ++i) {
        mixed[2 * i] = hn::InterleaveLower(d, rows[i], rows[i + 8]);
        mixed[2 * i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + 8]);
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < block; ++i)
        rows[i] = mixed[i];
}

/// 16 rows × Lanes(d) columns.
template <class D>
HWY_INLINE void transposeBlock(D d, const std::int8_t* HWY_RESTRICT from, std::size_t fromStride,
                               std::int8_t* HWY_RESTRICT to, std::size_t toStride)
{
    hn::Vec<D> rows[block];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < block; ++r)
        rows[r] = hn::LoadU(d, from + r * fromStride);
#pragma GCC unroll 4
    for (int stage = 0; stage < 4; ++stage)
        interleaveRows(d, rows);
    const std::size_t blocks = hn::Lanes(d) / block;
    alignas(64) std::int8_t columns[64];
#pragma GCC unroll 16
    for (std::size_t c = 0; c < block; ++c) {
        hn::Store(rows[c], d, columns);
        for (std::size_t b = 0; b < blocks; ++b)
            std::memcpy(to + (b * block + c) * toStride, columns + b * block, block);
    }
}

/// 16 rows; returns the columns done.
template <class D>
HWY_INLINE std::size_t transposeRows(D d, const std::int8_t* from, std::size_t fromStride, std::size_t first,
                                     std::size_t columns, std::int8_t* to, std::size_t toStride)
{
    for (; first + hn::Lanes(d) <= columns; first += hn::Lanes(d))
        transposeBlock(d, from + first, fromStride, to + first * toStride, toStride);
    return first;
}

#endif

void transposeBytes(const std::int8_t* from, std::size_t fromStride, std::size_t rows, std::size_t columns,
                    std::int8_t* to, std::size_t toStride)
{
    std::size_t row = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; row + block <= rows; row += block) {
        const std::int8_t* const at = from + row * fromStride;
        std::size_t done =
            transposeRows(hn::CappedTag<std::int8_t, 64>(), at, fromStride, 0, columns, to + row, toStride);
        done = transposeRows(hn::CappedTag<std::int8_t, 32>(), at, fromStride, done, columns, to + row,
                             toStride);
        done = transposeRows(hn::CappedTag<std::int8_t, 16>(), at, fromStride, done, columns, to + row,
                             toStride);
        // The last columns once more as a whole block that ends with them.
        if (done < columns && columns >= block) {
            const std::size_t last = columns - block;
            transposeBlock(hn::CappedTag<std::int8_t, 16>(), at + last, fromStride,
                           to + row + last * toStride, toStride);
            done = columns;
        }
        transposePlainly(at + done, fromStride, block, columns - done, to + row + done * toStride, toStride);
    }
#endif
    transposePlainly(from + row * fromStride, fromStride, rows - row, columns, to + row, toStride);
}

} // namespace

using TransposeBytes = void (*)(const std::int8_t*, std::size_t, std::size_t, std::size_t, std::int8_t*,
                                std::size_t);
TransposeBytes transposeOfBytes() { return transposeBytes; }

} // namespace HWY_NAMESPACE
} // namespace quantoscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace quantoscope {

namespace {

using TransposeBytes = void (*)(const std::int8_t*, std::size_t, std::size_t, std::size_t, std::int8_t*,
                                std::size_t);

TransposeBytes transposeOfBytes(Isa isa)
{
#if HWY_TARGETS & HWY_SSE4
    if (isa == Isa::Sse4)
        return N_SSE4::transposeOfBytes();
#endif
#if HWY_TARGETS & HWY_AVX2
    if (isa == Isa::Avx2)
        return N_AVX2::transposeOfBytes();
#endif
#if HWY_TARGETS & HWY_NEON
    if (isa == Isa::Neon)
        return N_NEON::transposeOfBytes();
#endif
    static_cast<void>(isa);
    return N_SCALAR::transposeOfBytes();
}

} // namespace

void transpose(Isa isa, const std::int8_t* from, std::size_t fromStride, std::size_t rows,
               std::size_t columns, std::int8_t* to, std::size_t toStride)
{
    const TransposeBlock block = transposeBlock(isa);
    if (block == nullptr)
        return transposeOfBytes(isa)(from, fromStride, rows, columns, to, toStride);
    for (std::size_t row = 0; row < rows; row += transposeBlockSize)
        for (std::size_t column = 0; column < columns; column += transposeBlockSize)
            block(from + row * fromStride + column, fromStride, std::min(transposeBlockSize, rows - row),
                  std::min(transposeBlockSize, columns - column), to + column * toStride + row, toStride);
}

} // namespace quantoscope

#endif // HWY_ONCE
