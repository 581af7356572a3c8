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

void wideMultiply(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps, std::size_t,
                  int rows, std::int64_t* sums)
{
    std::fill_n(sums, rows * wideColumns, std::int64_t{0});
    for (std::size_t k = 0; k < steps; ++k) {
        for (int r = 0; r < rows; ++r) {
            const std::int64_t pair[2] = {activations[2 * r], activations[2 * r + 1]};
            for (int n = 0; n < wideColumns; ++n)
                sums[r * wideColumns + n] += pair[0] * panel[2 * n] + pair[1] * panel[2 * n + 1];
        }
        activations += 2 * rows;
        panel += 2 * wideColumns;
    }
}

#else

inline constexpr int wideVectors = 2;
inline constexpr int wideColumns = wideVectors * pairColumns;
inline constexpr int wideRows = HWY_TARGET == HWY_AVX3 ? 12 : 6;

/// Sums of int32 start here; a column is told once for each of its lanes.
inline constexpr std::int32_t sumStart = -1;

HWY_INLINE void addWidened(const Sums32 (&parts)[sumParts], std::int64_t* sums)
{
#if HWY_TARGET == HWY_NEON
    for (int p = 0; p < sumParts; ++p)
        vst1q_s64(sums + 2 * p, vpadalq_s32(vld1q_s64(sums + 2 * p), parts[p].raw));
#else
    const hn::Repartition<std::int64_t, Tag32> tag64;
    const hn::Half<Tag32> half;
    const auto low = hn::PromoteTo(tag64, hn::LowerHalf(half, parts[0]));
    const auto high = hn::PromoteTo(tag64, hn::UpperHalf(half, parts[0]));
    std::int64_t* upper = sums + hn::Lanes(tag64);
    hn::StoreU(hn::Add(hn::LoadU(tag64, sums), low), tag64, sums);
    hn::StoreU(hn::Add(hn::LoadU(tag64, upper), high), tag64, upper);
#endif
}

template <int Rows>
void wideMultiplyRows(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                      std::size_t pairs, std::int64_t* sums)
{
    const std::size_t blocks = (steps + pairs - 1) / pairs;
    std::fill_n(sums, Rows * wideColumns, -static_cast<std::int64_t>(blocks) * sumStart * sumParts);
    for (std::size_t k = 0; k < steps; k += pairs) {
        PairSums<Rows, wideVectors> part;
        part.fill(sumStart);
        const std::size_t count = std::min(pairs, steps - k);
        RowPointers<Rows> rows(reinterpret_cast<const std::byte*>(activations + 2 * Rows * k), 4);
        panel = addPairs(part, rows, 4 * Rows, panel, count);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
            for (int v = 0; v < wideVectors; ++v)
                addWidened(part.part[r][v], sums + r * wideColumns + v * pairColumns);
    }
}

using WideMultiplyRows = void (*)(const std::int16_t*, const std::int16_t*, std::size_t, std::size_t,
                                  std::int64_t*);

template <int... Less>
constexpr std::array<WideMultiplyRows, sizeof...(Less)> wideByRows(std::integer_sequence<int, Less...>)
{
    return {wideMultiplyRows<Less + 1>...};
}

void wideMultiply(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                  std::size_t pairs, int rows, std::int64_t* sums)
{
    static constexpr auto kernels = wideByRows(std::make_integer_sequence<int, wideRows>());
    kernels[static_cast<std::size_t>(rows - 1)](activations, panel, steps, pairs, sums);
}

#endif

// Plain loops that the compiler turns into this instruction set's vectors.

void wideCorrect(const WideTerms& terms, const std::int64_t* HWY_RESTRICT low,
                 const std::int64_t* HWY_RESTRICT high, std::int64_t* HWY_RESTRICT integers)
{
    if (high != nullptr)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] = (low[n] + high[n] * 256) * terms.factor;
    else
        for (int n = 0; n < wideColumns; ++n)
            integers[n] = low[n] * terms.factor;
    const std::int64_t* HWY_RESTRICT zero = terms.zero;
    const std::int64_t* HWY_RESTRICT sum = terms.sum;
    if (terms.rowSum != 0)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] -= terms.rowSum * zero[n];
    if (terms.rowZero != 0)
        for (int n = 0; n < wideColumns; ++n)
            integers[n] -= terms.rowZero * sum[n];
}

void wideAccumulate(const float* HWY_RESTRICT scale, const std::int64_t* HWY_RESTRICT integers,
                    double* HWY_RESTRICT totals)
{
    for (int n = 0; n < wideColumns; ++n)
        totals[n] += static_cast<double>(scale[n]) * static_cast<double>(integers[n]);
}

WideTile wideTileOf(std::string_view name, Isa isa)
{
    return {name, isa, wideRows, wideColumns, wideMultiply, wideCorrect, wideAccumulate};
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace quantoscope {

namespace {

#if HWY_TARGETS & HWY_AVX3
const WideTile& avx512Tile(Isa isa)
{
    static const WideTile pairs = N_AVX3::wideTileOf("vpmaddwd zmm 12×32", Isa::Avx512);
    static const WideTile dots = [] {
        WideTile tile = *wideVnniTile();
        tile.correct = pairs.correct;
        tile.accumulate = pairs.accumulate;
        return tile;
    }();
    return isa == Isa::Avx512Vnni ? dots : pairs;
}
#endif

} // namespace

const WideTile& wideTile(Isa isa)
{
#if HWY_TARGETS & HWY_AVX3
    if (isa == Isa::Avx512 || isa == Isa::Avx512Vnni)
        return avx512Tile(isa);
#endif
#if HWY_TARGETS & HWY_AVX2
    static const WideTile avx2 = N_AVX2::wideTileOf("vpmaddwd ymm 6×16", Isa::Avx2);
    if (isa == Isa::Avx2)
        return avx2;
#endif
#if HWY_TARGETS & HWY_SSE4
    static const WideTile sse4 = N_SSE4::wideTileOf("pmaddwd 6×8", Isa::Sse4);
    if (isa == Isa::Sse4)
        return sse4;
#endif
#if HWY_TARGETS & HWY_NEON
    static const WideTile neon = N_NEON::wideTileOf("smlal 6×8", Isa::Neon);
    if (isa == Isa::Neon)
        return neon;
#endif
    static const WideTile scalar = N_SCALAR::wideTileOf("plain 4×4", Isa::Scalar);
    static_cast<void>(isa);
    return scalar;
}

} // namespace quantoscope

#endif // HWY_ONCE
