// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/pair/pairtile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/pair/pairtile.cpp"
#include "core/kernels/foreachtarget-inl.h"

#include <hwy/highway.h>

#include "core/kernels/pair/pairlanes-inl.h"

#include <array>
#include <cstring>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

inline constexpr int tileRows = 4;
inline constexpr int tileColumns = 4;

void addPair(std::int32_t* acc, const std::byte* pair, const std::int16_t* weights)
{
    std::int16_t a[2];
    std::memcpy(a, pair, sizeof a);
    for (int n = 0; n < tileColumns; ++n) {
        const std::int32_t products[2] = {a[0] * weights[2 * n], a[1] * weights[2 * n + 1]};
        acc[n] = static_cast<std::int32_t>(static_cast<std::uint32_t>(acc[n])
                                           + static_cast<std::uint32_t>(products[0])
                                           + static_cast<std::uint32_t>(products[1]));
    }
}

void multiply(const TileInput& input, const void* panel, int rows, std::int32_t* acc)
{
    const auto* weights = static_cast<const std::int16_t*>(panel);
    std::memset(acc, 0, static_cast<std::size_t>(rows * tileColumns) * sizeof *acc);
    for (const std::ptrdiff_t segment : input.segments) {
        const std::byte* step = input.base + segment;
        for (std::size_t k = 0; k < input.stepsPerSegment; ++k) {
            for (int r = 0; r < rows; ++r)
                addPair(acc + r * tileColumns, step + r * input.rowStride, weights);
            step += input.stepStride;
            weights += 2 * tileColumns;
        }
    }
}

#else

// As many sums as registers hold beside two vectors of weights, one of activations and one of products.
inline constexpr int tileVectors = 2;
inline constexpr int tileColumns = tileVectors * pairColumns;
inline constexpr int tileRows = HWY_TARGET == HWY_AVX3 ? 12 : 6;

template <int Rows>
void multiplyRows(const TileInput& input, const std::int16_t* panel, std::int32_t* acc)
{
    PairSums<Rows, tileVectors> sums;
    sums.clear();
    for (const std::ptrdiff_t segment : input.segments) {
        RowPointers<Rows> rows(input.base + segment, input.rowStride);
        panel = addPairs(sums, rows, input.stepStride, panel, input.stepsPerSegment);
    }
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < tileVectors; ++v)
            hn::StoreU(sums.columns(r, v), Tag32(), acc + r * tileColumns + v * pairColumns);
}

using MultiplyRows = void (*)(const TileInput&, const std::int16_t*, std::int32_t*);

template <int... Less>
constexpr std::array<MultiplyRows, sizeof...(Less)> byRows(std::integer_sequence<int, Less...>)
{
    return {multiplyRows<Less + 1>...};
}

void multiply(const TileInput& input, const void* panel, int rows, std::int32_t* acc)
{
    static constexpr auto kernels = byRows(std::make_integer_sequence<int, tileRows>());
    kernels[static_cast<std::size_t>(rows - 1)](input, static_cast<const std::int16_t*>(panel), acc);
}

#endif

constexpr TileKernel tile(std::string_view name, Isa isa)
{
    return {name, isa, 2, tileColumns, tileRows, multiply};
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace quantoscope {

// Constants: making one may not run code of an instruction set that the processor lacks.
const TileKernel& pairTile(Isa isa)
{
#if HWY_TARGETS & HWY_AVX3
    if (isa == Isa::Avx512 || isa == Isa::Avx512Vnni) {
        static constexpr TileKernel avx512 = N_AVX3::tile("vpmaddwd zmm 12×32", Isa::Avx512);
        return avx512;
    }
#endif
#if HWY_TARGETS & HWY_AVX2
    if (isa == Isa::Avx2) {
        static constexpr TileKernel avx2 = N_AVX2::tile("vpmaddwd ymm 6×16", Isa::Avx2);
        return avx2;
    }
#endif
#if HWY_TARGETS & HWY_SSE4
    if (isa == Isa::Sse4) {
        static constexpr TileKernel sse4 = N_SSE4::tile("pmaddwd 6×8", Isa::Sse4);
        return sse4;
    }
#endif
#if HWY_TARGETS & HWY_NEON
    if (isa == Isa::Neon) {
        static constexpr TileKernel neon = N_NEON::tile("smlal 6×8", Isa::Neon);
        return neon;
    }
#endif
    static constexpr TileKernel scalar = N_SCALAR::tile("plain 4×4", Isa::Scalar);
    static_cast<void>(isa);
    return scalar;
}

} // namespace quantoscope

#endif // HWY_ONCE
