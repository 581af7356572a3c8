// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/widetile.h"

#include <array>
#include <cstring>
#include <utility>

#if defined(__x86_64__)

#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")

namespace quantoscope {

namespace {

constexpr int tileRows = 12;
constexpr int tileVectors = 2;
constexpr int tileColumns = 16 * tileVectors;

template <int Rows>
struct Sums
{
    __m512i lanes[Rows][tileVectors];
};

template <int Rows>
inline __attribute__((always_inline)) void addPairs(Sums<Rows>& sums, const std::int16_t* activations,
                                                    const std::int16_t* panel)
{
    __m512i weights[tileVectors];
#pragma GCC unroll 2
    for (int v = 0; v < tileVectors; ++v)
        weights[v] = _mm512_load_si512(panel + 32 * v);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
        std::int32_t pair;
        std::memcpy(&pair, activations + 2 * r, sizeof pair);
        const __m512i both = _mm512_set1_epi32(pair);
#pragma GCC unroll 2
        for (int v = 0; v < tileVectors; ++v)
            sums.lanes[r][v] = _mm512_dpwssd_epi32(sums.lanes[r][v], both, weights[v]);
    }
}

template <int Rows>
void multiplyRows(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                  std::int32_t* acc)
{
    Sums<Rows> sums;
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < tileVectors; ++v)
            sums.lanes[r][v] = _mm512_setzero_si512();
    for (std::size_t k = 0; k < steps; ++k)
        addPairs(sums, activations + 2 * Rows * k, panel + 2 * tileColumns * k);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < tileVectors; ++v)
            _mm512_store_si512(acc + r * tileColumns + 16 * v, sums.lanes[r][v]);
}

template <int... Less>
constexpr std::array<WideRows, sizeof...(Less)> byRows(std::integer_sequence<int, Less...>)
{
    return {multiplyRows<Less + 1>...};
}

constexpr auto kernels = byRows(std::make_integer_sequence<int, tileRows>());

} // namespace

} // namespace quantoscope

#pragma GCC pop_options

namespace quantoscope {

const WideRows* wideVnniRows()
{
    static_assert(tileRows == wideMaxRows && tileColumns == 32);
    return kernels.data();
}

} // namespace quantoscope

#else

namespace quantoscope {

const WideRows* wideVnniRows() { return nullptr; }

} // namespace quantoscope

#endif
