// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/transposeblocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

// GCC 12 takes the undefined lanes of its own intrinsics for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl")

namespace quantoscope {

namespace {

/// Sixteen rows of which each 128-bit lane becomes a square of its own, transposed: vector c then holds column c of each.
inline __attribute__((always_inline)) void transposeLanes(__m512i (&rows)[16])
{
#pragma GCC unroll 4
    for (int stage = 0; stage < 4; ++stage) {
        __m512i mixed[16];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            mixed[2 * i] = _mm512_unpacklo_epi8(rows[i], rows[i + 8]);
            mixed[2 * i + 1] = _mm512_unpackhi_epi8(rows[i], rows[i + 8]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i)
            rows[i] = mixed[i];
    }
}

inline __mmask64 firstOf(std::size_t count) { return count == 0 ? 0 : ~std::uint64_t{0} >> (64 - count); }

/// Rows [0, rows) of a part of 16, zeros behind them.
inline __attribute__((always_inline)) void loadPart(const std::int8_t* from, std::size_t stride,
                                                    std::size_t rows, __mmask64 columns, __m512i (&part)[16])
{
#pragma GCC unroll 16
    for (std::size_t r = 0; r < 16; ++r)
        part[r] = r < rows ? _mm512_maskz_loadu_epi8(columns, from + r * stride) : _mm512_setzero_si512();
}

inline __attribute__((always_inline)) void store(std::int8_t* to, bool whole, __mmask64 some, __m512i bytes)
{
    if (whole)
        _mm512_storeu_si512(to, bytes);
    else
        _mm512_mask_storeu_epi8(to, some, bytes);
}

inline __attribute__((always_inline)) void anyBlock(const std::int8_t* from, std::size_t fromStride,
                                                    std::size_t rows, std::size_t columns, std::int8_t* to,
                                                    std::size_t toStride)
{
    alignas(64) std::int8_t parts[4][16][64]; // [rows of 16][column of each lane][lane, row]
    for (std::size_t part = 0; part < 4; ++part) {
        if (part * 16 >= rows)
            break;
        __m512i lines[16];
        if (part * 16 + 16 <= rows)
            loadPart(from + part * 16 * fromStride, fromStride, 16, firstOf(columns), lines);
        else
            loadPart(from + part * 16 * fromStride, fromStride, rows - part * 16, firstOf(columns), lines);
        transposeLanes(lines);
#pragma GCC unroll 16
        for (std::size_t c = 0; c < 16; ++c)
            _mm512_store_si512(parts[part][c], lines[c]);
    }
    // Parts that do not exist are never stored: any other stands in for them.
    const std::size_t last = (rows - 1) / 16;
    const __mmask64 some = firstOf(rows);
    const bool whole = rows == 64;
    for (std::size_t c = 0; c < 16 && c < columns; ++c) {
        const __m512i p0 = _mm512_load_si512(parts[0][c]);
        const __m512i p1 = _mm512_load_si512(parts[last < 1 ? last : 1][c]);
        const __m512i p2 = _mm512_load_si512(parts[last < 2 ? last : 2][c]);
        const __m512i p3 = _mm512_load_si512(parts[last][c]);
        const __m512i a = _mm512_shuffle_i32x4(p0, p1, 0x88); // lanes 0 and 2
        const __m512i b = _mm512_shuffle_i32x4(p2, p3, 0x88);
        const __m512i d = _mm512_shuffle_i32x4(p0, p1, 0xdd); // lanes 1 and 3
        const __m512i e = _mm512_shuffle_i32x4(p2, p3, 0xdd);
        store(to + c * toStride, whole, some, _mm512_shuffle_i32x4(a, b, 0x88));
        if (c + 16 < columns)
            store(to + (c + 16) * toStride, whole, some, _mm512_shuffle_i32x4(d, e, 0x88));
        if (c + 32 < columns)
            store(to + (c + 32) * toStride, whole, some, _mm512_shuffle_i32x4(a, b, 0xdd));
        if (c + 48 < columns)
            store(to + (c + 48) * toStride, whole, some, _mm512_shuffle_i32x4(d, e, 0xdd));
    }
}

/// Lanes 0 and 1 take rows 0 … 31, lanes 2 and 3 the rows 32 behind them.
inline __attribute__((always_inline)) void loadHalves(const std::int8_t* from, std::size_t stride,
                                                      __m512i (&rows)[16])
{
#pragma GCC unroll 16
    for (std::size_t r = 0; r < 16; ++r) {
        const __m256i near = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + r * stride));
        const __m256i far = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + (r + 32) * stride));
        rows[r] = _mm512_inserti64x4(_mm512_castsi256_si512(near), far, 1);
    }
    transposeLanes(rows);
}

/// 64 rows of 32 bytes.
void block32(const std::int8_t* from, std::size_t fromStride, std::int8_t* to, std::size_t toStride)
{
    alignas(64) std::int8_t columns[16][64];
    __m512i rows[16];
    loadHalves(from, fromStride, rows);
#pragma GCC unroll 16
    for (std::size_t c = 0; c < 16; ++c)
        _mm512_store_si512(columns[c], rows[c]);
    loadHalves(from + 16 * fromStride, fromStride, rows);
    const __m512i even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
#pragma GCC unroll 16
    for (std::size_t c = 0; c < 16; ++c) {
        const __m512i first = _mm512_load_si512(columns[c]);
        _mm512_storeu_si512(to + c * toStride, _mm512_permutex2var_epi64(first, even, rows[c]));
        _mm512_storeu_si512(to + (c + 16) * toStride, _mm512_permutex2var_epi64(first, odd, rows[c]));
    }
}

void block(const std::int8_t* from, std::size_t fromStride, std::size_t rows, std::size_t columns,
           std::int8_t* to, std::size_t toStride)
{
    if (rows == 64 && columns == 32)
        block32(from, fromStride, to, toStride);
    else if (rows == 64 && columns == 64)
        anyBlock(from, fromStride, 64, 64, to, toStride);
    else
        anyBlock(from, fromStride, rows, columns, to, toStride);
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options
#pragma GCC diagnostic pop

namespace quantoscope {

TransposeBlock transposeBlock(Isa isa) { return isa >= Isa::Avx512 ? block : nullptr; }

} // namespace quantoscope

#else

namespace quantoscope {

TransposeBlock transposeBlock(Isa) { return nullptr; }

} // namespace quantoscope

#endif
