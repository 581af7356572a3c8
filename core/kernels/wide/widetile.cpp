// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/widetile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/wide/widetile.cpp"
#include "core/kernels/foreachtarget-inl.h"

#include <hwy/highway.h>

#include "core/kernels/pair/pairlanes-inl.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

inline constexpr int wideRows = 4;
inline constexpr int wideColumns = 4;

template <int Rows>
void wideMultiplyRows(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                      std::int32_t* acc)
{
    std::memset(acc, 0, sizeof *acc * Rows * wideColumns);
    for (std::size_t k = 0; k < steps; ++k)
        for (int r = 0; r < Rows; ++r) {
            const std::int16_t* pair = activations + 2 * (Rows * k + static_cast<std::size_t>(r));
            const std::int16_t* weights = panel + 2 * wideColumns * k;
            for (int n = 0; n < wideColumns; ++n)
                acc[r * wideColumns + n] += pair[0] * weights[2 * n] + pair[1] * weights[2 * n + 1];
        }
}

#else

inline constexpr int wideVectors = 2;
inline constexpr int wideColumns = wideVectors * pairColumns;
inline constexpr int wideRows = HWY_TARGET == HWY_AVX3 ? 12 : 6;

template <int Rows>
void wideMultiplyRows(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                      std::int32_t* acc)
{
    PairSums<Rows, wideVectors> sums;
    sums.clear();
    RowPointers<Rows> rows(reinterpret_cast<const std::byte*>(activations), 4);
    addPairs(sums, rows, 4 * Rows, panel, steps);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < wideVectors; ++v)
            hn::Store(sums.columns(r, v), Tag32(), acc + r * wideColumns + v * pairColumns);
}

#endif

template <int... Less>
constexpr std::array<WideRows, sizeof...(Less)> wideByRows(std::integer_sequence<int, Less...>)
{
    return {wideMultiplyRows<Less + 1>...};
}

constexpr auto wideKernels = wideByRows(std::make_integer_sequence<int, wideRows>());

// Plain loops that the compiler turns into this instruction set's vectors.

void wideWiden(const std::int32_t* HWY_RESTRICT acc, int count, bool first, std::int64_t* HWY_RESTRICT sums)
{
    if (first)
        for (int i = 0; i < count; ++i)
            sums[i] = acc[i];
    else
        for (int i = 0; i < count; ++i)
            sums[i] += acc[i];
}

void wideCorrect(const WideTerms& terms, const std::int64_t* HWY_RESTRICT low,
                 const std::int64_t* HWY_RESTRICT high, std::int64_t* HWY_RESTRICT integers)
{
    if (high != nullptr)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] = low[n] + high[n] * 256;
    else
        for (int n = 0; n < wideColumns; ++n)
            integers[n] = low[n];
    if (terms.factor != 1)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] *= terms.factor;
    const std::int64_t* HWY_RESTRICT zero = terms.zero;
    const std::int64_t* HWY_RESTRICT sum = terms.sum;
    if (terms.rowSum != 0)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] -= terms.rowSum * zero[n];
    if (terms.rowZero != 0)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] -= terms.rowZero * sum[n];
}

void wideAccumulate(const float* HWY_RESTRICT scale, const std::int64_t* HWY_RESTRICT integers, bool first,
                    double* HWY_RESTRICT totals)
{
    if (first)
        for (int n = 0; n < wideColumns; ++n)
            totals[n] = 0.0 + static_cast<double>(scale[n]) * static_cast<double>(integers[n]);
    else
        for (int n = 0; n < wideColumns; ++n)
            totals[n] += static_cast<double>(scale[n]) * static_cast<double>(integers[n]);
}

void wideAddTerms(const WideRowEnd& end, double* HWY_RESTRICT reals)
{
    const double* HWY_RESTRICT added = end.added;
    const double* HWY_RESTRICT sum = end.columnSum;
    const float* HWY_RESTRICT bias = end.bias;
    if (added != nullptr)
        for (int n = 0; n < wideColumns; ++n)
            reals[n] += added[n];
    if (sum != nullptr)
        for (int n = 0; n < wideColumns; ++n)
            reals[n] += end.offset * sum[n];
    if (bias != nullptr)
        for (int n = 0; n < wideColumns; ++n)
            reals[n] += static_cast<double>(bias[n]);
}

void wideFinish(const WideRowEnd& end, const double* HWY_RESTRICT totals, float* HWY_RESTRICT out)
{
    if (end.added == nullptr && end.columnSum == nullptr && end.bias == nullptr) {
        for (int n = 0; n < wideColumns; ++n)
            out[n] = static_cast<float>(end.scale * totals[n]);
    } else {
        double reals[wideColumns];
        for (int n = 0; n < wideColumns; ++n)
            reals[n] = end.scale * totals[n];
        wideAddTerms(end, reals);
        for (int n = 0; n < wideColumns; ++n)
            out[n] = static_cast<float>(reals[n]);
    }
    if (end.low < end.high)
        for (int n = 0; n < wideColumns; ++n) {
            const float raised = out[n] < end.low ? end.low : out[n];
            out[n] = raised > end.high ? end.high : raised;
        }
}

constexpr WideTile wideTileOf(std::string_view name, Isa isa)
{
    return {name,      isa,         wideRows,       wideColumns, wideKernels.data(),
            wideWiden, wideCorrect, wideAccumulate, wideFinish};
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace quantoscope {

namespace {

#if HWY_TARGETS & HWY_AVX3
const WideTile& avx512Tile(Isa isa)
{
    static constexpr WideTile pairs = N_AVX3::wideTileOf("vpmaddwd zmm 12×32", Isa::Avx512);
    static const WideTile dots = [] {
        WideTile tile = pairs;
        tile.name = "vpdpwssd 12×32";
        tile.isa = Isa::Avx512Vnni;
        tile.multiply = wideVnniRows();
        return tile;
    }();
    return isa == Isa::Avx512Vnni ? dots : pairs;
}
#endif

} // namespace

// Constants: making one may not run code of an instruction set that the processor lacks.
const WideTile& wideTile(Isa isa)
{
#if HWY_TARGETS & HWY_AVX3
    if (isa == Isa::Avx512 || isa == Isa::Avx512Vnni)
        return avx512Tile(isa);
#endif
#if HWY_TARGETS & HWY_AVX2
    if (isa == Isa::Avx2) {
        static constexpr WideTile avx2 = N_AVX2::wideTileOf("vpmaddwd ymm 6×16", Isa::Avx2);
        return avx2;
    }
#endif
#if HWY_TARGETS & HWY_SSE4
    if (isa == Isa::Sse4) {
        static constexpr WideTile sse4 = N_SSE4::wideTileOf("pmaddwd 6×8", Isa::Sse4);
        return sse4;
    }
#endif
#if HWY_TARGETS & HWY_NEON
    if (isa == Isa::Neon) {
        static constexpr WideTile neon = N_NEON::wideTileOf("smlal 6×8", Isa::Neon);
        return neon;
    }
#endif
    static constexpr WideTile scalar = N_SCALAR::wideTileOf("plain 4×4", Isa::Scalar);
    static_cast<void>(isa);
    return scalar;
}

void multiplyWideTile(const WideTile& tile, const std::int16_t* activations, const std::int16_t* panel,
                      std::size_t steps, std::size_t pairs, int rows, std::int64_t* sums)
{
    alignas(64) std::int32_t acc[wideMaxRows * wideMaxColumns];
    const int count = rows * tile.columns;
    const WideRows multiply = tile.multiply[rows - 1];
    if (steps == 0)
        std::fill_n(sums, count, std::int64_t{0});
    for (std::size_t k = 0; k < steps; k += pairs) {
        multiply(activations + 2 * static_cast<std::size_t>(rows) * k,
                 panel + 2 * static_cast<std::size_t>(tile.columns) * k, std::min(pairs, steps - k), acc);
        tile.widen(acc, count, k == 0, sums);
    }
}

} // namespace quantoscope

#endif // HWY_ONCE
