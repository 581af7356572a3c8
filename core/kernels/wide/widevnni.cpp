// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/widetile.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#if defined(__x86_64__)

#include <immintrin.h>

// GCC 12 takes the unused operands of its own intrinsics for uninitialized variables (GCC PR 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")

namespace quantoscope {

namespace {

constexpr int tileRows = 12;
constexpr int tileVectors = 2;
constexpr int tileColumns = 16 * tileVectors;

inline __attribute__((always_inline)) void addWidened(__m512i part, std::int64_t* sums)
{
    const __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(part));
    const __m512i high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(part, 1));
    _mm512_storeu_si512(sums, _mm512_add_epi64(_mm512_loadu_si512(sums), low));
    _mm512_storeu_si512(sums + 8, _mm512_add_epi64(_mm512_loadu_si512(sums + 8), high));
}

template <int Rows>
inline __attribute__((always_inline)) void
addPairs(__m512i (&part)[Rows][tileVectors], const std::int16_t* activations, const std::int16_t* panel)
{
    __m512i weights[tileVectors];
#pragma GCC unroll 2
    for (int v = 0; v < tileVectors; ++v)
        weights[v] = _mm512_load_si512(panel + 32 * v);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
        std::int32_t pair;
        std::memcpy(&pair, activations + 2 * r, sizeof pair);
#pragma GCC unroll 2
        for (int v = 0; v < tileVectors; ++v)
            part[r][v] = _mm512_dpwssd_epi32(part[r][v], _mm512_set1_epi32(pair), weights[v]);
    }
}

template <int Rows>
void multiplyRows(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                  std::size_t pairs, std::int64_t* sums)
{
    const std::size_t blocks = (steps + pairs - 1) / pairs;
    for (int i = 0; i < Rows * tileColumns; ++i)
        sums[i] = static_cast<std::int64_t>(blocks);
    for (std::size_t k = 0; k < steps;) {
        __m512i part[Rows][tileVectors];
#pragma GCC unroll 12
        for (auto& row : part)
#pragma GCC unroll 2
            for (__m512i& vector : row)
                vector = _mm512_set1_epi32(-1);
        for (const std::size_t end = std::min(steps, k + pairs); k < end; ++k)
            addPairs<Rows>(part, activations + 2 * Rows * k, panel + 2 * tileColumns * k);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
            for (int v = 0; v < tileVectors; ++v)
                addWidened(part[r][v], sums + r * tileColumns + 16 * v);
    }
}

using MultiplyRows = void (*)(const std::int16_t*, const std::int16_t*, std::size_t, std::size_t,
                              std::int64_t*);

template <int... Less>
constexpr std::array<MultiplyRows, sizeof...(Less)> byRows(std::integer_sequence<int, Less...>)
{
    return {multiplyRows<Less + 1>...};
}

void multiply(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
              std::size_t pairs, int rows, std::int64_t* sums)
{
    static constexpr auto kernels = byRows(std::make_integer_sequence<int, tileRows>());
    kernels[static_cast<std::size_t>(rows - 1)](activations, panel, steps, pairs, sums);
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options

namespace quantoscope {

const WideTile* wideVnniTile()
{
    static const WideTile tile = {"vpdpwssd 12×32", Isa::Avx512Vnni, tileRows, tileColumns,
                                  multiply,         nullptr,         nullptr};
    return &tile;
}

} // namespace quantoscope

#else

namespace quantoscope {

const WideTile* wideVnniTile() { return nullptr; }

} // namespace quantoscope

#endif
