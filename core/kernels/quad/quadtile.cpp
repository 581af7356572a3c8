// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/quad/quadtile.h"

#include <array>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr int maxRows = 12;
constexpr int columns = 32;
constexpr int vectors = columns / 16;

template <int rows>
struct Sums
{
    __m512i lanes[rows][vectors];
};

/// Four activations of a row, repeated for every column.
inline __m512i activations(const std::byte* at)
{
    int four;
    __builtin_memcpy(&four, at, sizeof four);
    return _mm512_set1_epi32(four);
}

/// Adds one step: activations of row r at `row(r)`.
template <int rows, typename Row>
inline __attribute__((always_inline)) void addStep(Sums<rows>& sums, const std::byte* panel, const Row& row)
{
    __m512i weights[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
        weights[v] = _mm512_load_si512(panel + v * 64);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        const __m512i values = activations(row(r));
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums.lanes[r][v] = _mm512_dpbusd_epi32(sums.lanes[r][v], weights[v], values);
    }
}

/// Activations packed as [steps][rows][4]. What comes next is fetched meanwhile: products leave the memory idle.
template <int rows>
inline __attribute__((always_inline)) void addPacked(Sums<rows>& sums, const std::byte* at,
                                                     const std::byte* panel, std::size_t steps,
                                                     const std::byte* ahead)
{
    for (std::size_t step = 0; step < steps; ++step, at += rows * 4, panel += columns * 4, ahead += 64) {
        _mm_prefetch(reinterpret_cast<const char*>(ahead), _MM_HINT_T1);
        addStep(sums, panel, [at](int r) { return at + r * 4; });
    }
}

/// Activations at any stride: every third row has a pointer, its neighbours an index, so that all fit the registers.
template <int rows>
inline __attribute__((always_inline)) void addStrided(Sums<rows>& sums, const TileInput& input,
                                                      const std::byte* at, const std::byte* panel)
{
    constexpr int pointers = (rows + 2) / 3;
    const std::ptrdiff_t rowStride = input.rowStride;
    const std::byte* row[pointers];
#pragma GCC unroll 4
    for (int i = 0; i < pointers; ++i)
        row[i] = at + 3 * i * rowStride;
    for (std::size_t step = 0; step < input.stepsPerSegment; ++step, panel += columns * 4) {
        addStep(sums, panel, [&row, rowStride](int r) { return row[r / 3] + r % 3 * rowStride; });
#pragma GCC unroll 4
        for (int i = 0; i < pointers; ++i)
            row[i] += input.stepStride;
    }
}

template <int rows>
void multiplyRows(const TileInput& input, const std::byte* panel, std::int32_t* acc)
{
    Sums<rows> sums;
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            sums.lanes[r][v] = _mm512_setzero_si512();
    const bool packed = input.rowStride == 4 && input.stepStride == rows * 4;
    const std::size_t segmentBytes = input.stepsPerSegment * columns * 4;
    for (const std::ptrdiff_t segment : input.segments) {
        if (packed)
            addPacked(sums, input.base + segment, panel, input.stepsPerSegment,
                      input.ahead == nullptr ? panel : static_cast<const std::byte*>(input.ahead));
        else
            addStrided(sums, input, input.base + segment, panel);
        panel += segmentBytes;
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v)
            _mm512_storeu_si512(acc + r * columns + v * 16, sums.lanes[r][v]);
}

using MultiplyRows = void (*)(const TileInput&, const std::byte*, std::int32_t*);

template <int... index>
constexpr std::array<MultiplyRows, sizeof...(index)> allRows(std::integer_sequence<int, index...>)
{
    return {multiplyRows<index + 1>...};
}

void multiply(const TileInput& input, const void* panel, int rows, std::int32_t* acc)
{
    static constexpr auto kernels = allRows(std::make_integer_sequence<int, maxRows>());
    kernels[static_cast<std::size_t>(rows - 1)](input, static_cast<const std::byte*>(panel), acc);
}

} // namespace

} // namespace quantoscope

#pragma GCC pop_options

namespace quantoscope {

const TileKernel& quadTile()
{
    static constexpr TileKernel kernel{"vpdpbusd 12×32", Isa::Avx512Vnni, 4, columns, maxRows, multiply};
    return kernel;
}

} // namespace quantoscope

#else

namespace quantoscope {

const TileKernel& quadTile()
{
    static constexpr TileKernel kernel{};
    return kernel;
}

} // namespace quantoscope

#endif
