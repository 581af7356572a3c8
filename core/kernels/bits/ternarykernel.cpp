// SPDX-License-Identifier: GPL-3.0-or-later
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/bits/ternarykernel.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include <hwy/highway.h>

#include "core/kernels/bits/ternarykernel.h"

#include <algorithm>
#include <array>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

using Ternary16 = hn::ScalableTag<std::int16_t>;
using Ternary32 = hn::Repartition<std::int32_t, Ternary16>;
using TernarySums = hn::Vec<Ternary16>;
using TernaryMask = hn::Mask<Ternary16>;
constexpr int ternaryLanes = static_cast<int>(hn::MaxLanes(Ternary16()));
constexpr int ternaryVectors = 4;
constexpr int ternaryColumns = ternaryVectors * ternaryLanes;
// Four sums a row beside masks and activations.
constexpr int ternaryRows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 4 : 2;
#if HWY_TARGET == HWY_AVX3
constexpr const char* ternaryName = "masked add/subtract 4×128";
#elif HWY_TARGET == HWY_AVX2
constexpr const char* ternaryName = "masked add/subtract 2×64";
#elif HWY_TARGET == HWY_NEON
constexpr const char* ternaryName = "masked add/subtract 4×32";
#else
constexpr const char* ternaryName = "masked add/subtract 2×32";
#endif

HWY_INLINE TernarySums addWhere(TernarySums sum, TernaryMask mask, TernarySums x)
{
#if HWY_TARGET == HWY_AVX3 // one instruction with a mask register
    return hn::IfThenElse(mask, hn::Add(sum, x), sum);
#else
    return hn::Add(sum, hn::IfThenElseZero(mask, x));
#endif
}

HWY_INLINE TernarySums subtractWhere(TernarySums sum, TernaryMask mask, TernarySums x)
{
#if HWY_TARGET == HWY_AVX3
    return hn::IfThenElse(mask, hn::Sub(sum, x), sum);
#else
    return hn::Sub(sum, hn::IfThenElseZero(mask, x));
#endif
}

HWY_INLINE void widenInto(std::int32_t* sums, TernarySums part)
{
    const Ternary32 d;
    const hn::Half<Ternary16> half;
    const auto low = hn::PromoteTo(d, hn::LowerHalf(half, part));
    const auto high = hn::PromoteTo(d, hn::UpperHalf(half, part));
    hn::StoreU(hn::Add(hn::LoadU(d, sums), low), d, sums);
    sums += ternaryLanes / 2;
    hn::StoreU(hn::Add(hn::LoadU(d, sums), high), d, sums);
}

/// At most ternarySteps steps; `input` is [rows][ternarySteps].
template <int rows>
void addTernarySteps(const std::int16_t* input, std::size_t steps, const std::uint8_t* panel,
                     std::int32_t* sums)
{
    const Ternary16 d;
    TernarySums part[rows][ternaryVectors];
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < ternaryVectors; ++v)
            part[r][v] = hn::Zero(d);
    for (std::size_t k = 0; k < steps; ++k) {
        TernarySums x[rows];
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r)
            x[r] = hn::Set(d, input[static_cast<std::size_t>(r) * ternarySteps + k]);
#pragma GCC unroll 4
        for (int v = 0; v < ternaryVectors; ++v) {
            const TernaryMask plus = hn::LoadMaskBits(d, panel + v * ternaryLanes / 8);
            const TernaryMask minus = hn::LoadMaskBits(d, panel + (ternaryColumns + v * ternaryLanes) / 8);
#pragma GCC unroll 4
            for (int r = 0; r < rows; ++r)
                part[r][v] = subtractWhere(addWhere(part[r][v], plus, x[r]), minus, x[r]);
        }
        panel += 2 * ternaryColumns / 8;
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < ternaryVectors; ++v)
            widenInto(sums + r * ternaryColumns + v * ternaryLanes, part[r][v]);
}

template <int rows>
void ternaryMultiplyRows(const std::int8_t* input, std::size_t rowStride, std::size_t depth,
                         const std::uint8_t* panel, std::int32_t* sums)
{
    std::fill_n(sums, rows * ternaryColumns, 0);
    std::int16_t wide[static_cast<std::size_t>(rows) * ternarySteps];
    for (std::size_t k = 0; k < depth; k += ternarySteps) {
        const std::size_t steps = std::min(ternarySteps, depth - k);
        for (std::size_t r = 0; r < rows; ++r)
            std::copy_n(input + r * rowStride + k, steps, wide + r * ternarySteps);
        addTernarySteps<rows>(wide, steps, panel + k * (2 * ternaryColumns / 8), sums);
    }
}

using TernaryMultiply = void (*)(const std::int8_t*, std::size_t, std::size_t, const std::uint8_t*,
                                 std::int32_t*);

template <int... less>
constexpr std::array<TernaryMultiply, sizeof...(less)> ternaryByRows(std::integer_sequence<int, less...>)
{
    return {ternaryMultiplyRows<less + 1>...};
}

void ternaryMultiply(const std::int8_t* input, std::size_t rowStride, std::size_t depth,
                     const std::uint8_t* panel, int rows, std::int32_t* sums)
{
    static constexpr auto functions = ternaryByRows(std::make_integer_sequence<int, ternaryRows>());
    functions[static_cast<std::size_t>(rows - 1)](input, rowStride, depth, panel, sums);
}

constexpr TernaryKernel ternaryTable(Isa isa)
{
    return {ternaryName, isa, ternaryColumns, ternaryRows, ternaryMultiply};
}

#endif

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

extern const TernaryKernel ternaryScalar;

const TernaryKernel& ternaryKernel(Isa isa)
{
#if HWY_TARGETS & HWY_AVX3
    static constexpr TernaryKernel avx512 = N_AVX3::ternaryTable(Isa::Avx512);
    static constexpr TernaryKernel vnni = N_AVX3::ternaryTable(Isa::Avx512Vnni);
    if (isa == Isa::Avx512 || isa == Isa::Avx512Vnni)
        return isa == Isa::Avx512 ? avx512 : vnni;
#endif
#if HWY_TARGETS & HWY_AVX2
    static constexpr TernaryKernel avx2 = N_AVX2::ternaryTable(Isa::Avx2);
    if (isa == Isa::Avx2)
        return avx2;
#endif
#if HWY_TARGETS & HWY_SSE4
    static constexpr TernaryKernel sse4 = N_SSE4::ternaryTable(Isa::Sse4);
    if (isa == Isa::Sse4)
        return sse4;
#endif
#if HWY_TARGETS & HWY_NEON
    static constexpr TernaryKernel neon = N_NEON::ternaryTable(Isa::Neon);
    if (isa == Isa::Neon)
        return neon;
#endif
    static_cast<void>(isa);
    return ternaryScalar;
}

} // namespace quantoscope
#endif
