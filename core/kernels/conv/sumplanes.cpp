// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/sumplanes.h"

#if defined(__x86_64__)
#include <algorithm>
#include <immintrin.h>

// GCC 12 takes the undefined lanes of its own intrinsics for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")

namespace quantoscope {

namespace {

constexpr std::size_t block = 16; ///< positions and columns of a square

/// lines[c] = column c of the square whose rows they were.
inline __attribute__((always_inline)) void transposeSquare(__m512i (&lines)[block])
{
    __m512i pairs[block];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < block; i += 4) {
        const __m512i a = _mm512_unpacklo_epi32(lines[i], lines[i + 1]);
        const __m512i b = _mm512_unpackhi_epi32(lines[i], lines[i + 1]);
        const __m512i c = _mm512_unpacklo_epi32(lines[i + 2], lines[i + 3]);
        const __m512i d = _mm512_unpackhi_epi32(lines[i + 2], lines[i + 3]);
        pairs[i] = _mm512_unpacklo_epi64(a, c);
        pairs[i + 1] = _mm512_unpackhi_epi64(a, c);
        pairs[i + 2] = _mm512_unpacklo_epi64(b, d);
        pairs[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
    // 128-bit piece l of pairs[4r + i] holds column 4l + i of rows 4r … 4r + 3.
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        const __m512i a = _mm512_shuffle_i32x4(pairs[i], pairs[i + 4], 0x88);
        const __m512i b = _mm512_shuffle_i32x4(pairs[i], pairs[i + 4], 0xdd);
        const __m512i c = _mm512_shuffle_i32x4(pairs[i + 8], pairs[i + 12], 0x88);
        const __m512i d = _mm512_shuffle_i32x4(pairs[i + 8], pairs[i + 12], 0xdd);
        lines[i] = _mm512_shuffle_i32x4(a, c, 0x88);
        lines[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
        lines[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
        lines[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
}

/// What belongs to 16 columns, each a number for all positions.
struct Columns
{
    alignas(64) std::int32_t zero[block] = {};
    alignas(64) std::int32_t term[block] = {}; ///< zero of the activations · sum of the column
    alignas(64) float scale[block] = {};
    alignas(64) float bias[block] = {};
    bool hasZero = false;
    bool sameZero = false;

    Columns(const PositionSums& sums, const ColumnTerms& columns, std::size_t first, std::size_t count)
        : hasZero(columns.zero != nullptr)
    {
        for (std::size_t c = 0; c < count; ++c) {
            if (hasZero)
                zero[c] = columns.zero[first + c];
            if (sums.rows->zero != 0)
                term[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums.rows->zero)
                                                    * static_cast<std::uint32_t>(columns.sum[first + c]));
        }
        sameZero = hasZero;
        for (std::size_t c = 1; c < count; ++c)
            sameZero = sameZero && zero[c] == zero[0];
    }

    void setFloats(const RowTerms& row, const ColumnTerms& columns, const FloatOutput& output,
                   std::size_t first, std::size_t count)
    {
        for (std::size_t c = 0; c < count; ++c) {
            scale[c] = row.scale * columns.scale[first + c];
            bias[c] = output.bias == nullptr ? 0.0f : output.bias[first + c];
        }
    }
};

/// Up to 16 positions of a column as they are wanted.
struct AsInt32
{
    using Element = std::int32_t;
    inline __attribute__((always_inline)) void store(__m512i y, const Columns&, std::size_t, std::int32_t* to,
                                                     __mmask16 some) const
    {
        _mm512_mask_storeu_epi32(to, some, y);
    }
};

struct AsFloat
{
    using Element = float;
    const FloatOutput& output;
    inline __attribute__((always_inline)) void store(__m512i y, const Columns& columns, std::size_t c,
                                                     float* to, __mmask16 some) const
    {
        __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(y), _mm512_set1_ps(columns.scale[c]));
        if (output.bias != nullptr)
            value = _mm512_add_ps(value, _mm512_set1_ps(columns.bias[c]));
        if (output.low < output.high) {
            // a > b ? a : b and a < b ? a : b in this order of operands, also for zeros and NaN.
            value = _mm512_max_ps(value, _mm512_set1_ps(output.low));
            value = _mm512_min_ps(value, _mm512_set1_ps(output.high));
        }
        _mm512_mask_storeu_ps(to, some, value);
    }
};

inline __mmask16 firstOf(std::size_t count) { return static_cast<__mmask16>((1U << count) - 1U); }

inline __attribute__((always_inline)) void loadSquare(const PositionSums& sums, std::size_t position,
                                                      std::size_t first, std::size_t rows, __mmask16 columns,
                                                      __m512i (&lines)[block])
{
    const std::int32_t* const from = sums.acc + position * sums.stride + first;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < block; ++r)
        lines[r] =
            r < rows ? _mm512_maskz_loadu_epi32(columns, from + r * sums.stride) : _mm512_setzero_si512();
    transposeSquare(lines);
}

inline __m512i rowSums(const RowTerms* rows, __mmask16 some)
{
    static_assert(sizeof(RowTerms) == 16);
    const __m512i places = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60);
    return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), some, places, &rows->sum, 4);
}

/// 16 positions at most of 16 columns at most.
template <typename As>
inline __attribute__((always_inline)) void writeSquare(const PositionSums& sums, const Columns& columns,
                                                       const As& as, std::size_t position, std::size_t first,
                                                       std::size_t rows, std::size_t count,
                                                       typename As::Element* to, std::size_t toStride)
{
    const __mmask16 some = firstOf(rows);
    __m512i lines[block];
    if (rows == block)
        loadSquare(sums, position, first, block, firstOf(count), lines);
    else
        loadSquare(sums, position, first, rows, firstOf(count), lines);
    const __m512i ofRows = columns.hasZero ? rowSums(sums.rows + position, some) : _mm512_setzero_si512();
    const __m512i ofZero = _mm512_mullo_epi32(ofRows, _mm512_set1_epi32(columns.zero[0]));
#pragma GCC unroll 16
    for (std::size_t c = 0; c < block; ++c) {
        if (c >= count)
            break;
        __m512i y = lines[c];
        if (columns.sameZero)
            y = _mm512_sub_epi32(y, ofZero);
        else if (columns.hasZero)
            y = _mm512_sub_epi32(y, _mm512_mullo_epi32(ofRows, _mm512_set1_epi32(columns.zero[c])));
        y = _mm512_sub_epi32(y, _mm512_set1_epi32(columns.term[c]));
        as.store(y, columns, c, to + c * toStride, some);
    }
}

template <typename As>
inline __attribute__((always_inline)) void writeColumns(const PositionSums& sums, const Columns& columns,
                                                        const As& as, std::size_t first, std::size_t count,
                                                        typename As::Element* to, std::size_t toStride)
{
    for (std::size_t position = 0; position < sums.positions; position += block)
        writeSquare(sums, columns, as, position, first, std::min(block, sums.positions - position), count,
                    to + position, toStride);
}

void toInt32(const PositionSums& sums, const ColumnTerms& terms, std::int32_t* to, std::size_t toStride)
{
    for (std::size_t first = 0; first < sums.columns; first += block) {
        const std::size_t count = std::min(block, sums.columns - first);
        const Columns columns(sums, terms, first, count);
        writeColumns(sums, columns, AsInt32{}, first, count, to + first * toStride, toStride);
    }
}

void toFloat(const PositionSums& sums, const ColumnTerms& terms, const FloatOutput& output, float* to,
             std::size_t toStride)
{
    for (std::size_t first = 0; first < sums.columns; first += block) {
        const std::size_t count = std::min(block, sums.columns - first);
        Columns columns(sums, terms, first, count);
        columns.setFloats(*sums.rows, terms, output, first, count);
        writeColumns(sums, columns, AsFloat{output}, first, count, to + first * toStride, toStride);
    }
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace quantoscope {

const SumPlanes& sumPlanes(Isa isa)
{
    static constexpr SumPlanes none{};
    static constexpr SumPlanes planes{toInt32, toFloat};
    return isa >= Isa::Avx512 ? planes : none;
}

} // namespace quantoscope

#else

namespace quantoscope {

const SumPlanes& sumPlanes(Isa)
{
    static constexpr SumPlanes none{};
    return none;
}

} // namespace quantoscope

#endif
