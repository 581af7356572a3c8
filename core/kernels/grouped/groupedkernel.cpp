// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set: tiles by pairs of int16 products.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/grouped/groupedkernel.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include "core/kernels/grouped/groupedkernel.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t columns = GroupedLayout::columns;
constexpr std::size_t vectorBytes = GroupedLayout::vectorBytes;

#if HWY_TARGET == HWY_SCALAR

constexpr std::size_t tileRows = 4;

/// Sums of one group in uint32: they may leave int32 on the way.
inline void addGroup(const std::uint8_t* bytes, const std::byte* codes, std::size_t rows, std::size_t steps,
                     std::uint32_t (*acc)[columns])
{
    for (std::size_t s = 0; s < steps; ++s, bytes += vectorBytes) {
        for (std::size_t r = 0; r < rows; ++r, codes += 8) {
            std::int16_t x[4];
            std::memcpy(x, codes, sizeof(x));
            for (std::size_t c = 0; c < columns; ++c) {
                const std::uint8_t* const w = bytes + c * 4;
                acc[r][c] +=
                    static_cast<std::uint32_t>(w[0] * x[0] + w[1] * x[2] + w[2] * x[1] + w[3] * x[3]);
            }
        }
    }
}

template <std::size_t rows>
void multiplyRows(const GroupedTile& tile, float* f)
{
    const std::byte* panel = tile.panel;
    const std::byte* codes = tile.codes;
    std::fill_n(f, rows * columns, 0.0f);
    for (std::size_t g = 0; g < tile.groups; ++g) {
        const std::size_t steps = g + 1 == tile.groups ? tile.lastSteps : tile.steps;
        float scale[columns];
        std::int32_t zero[columns] = {};
        float offset[columns] = {};
        std::memcpy(scale, panel, 64);
        panel += 64;
        if (hasZeros(tile.mode)) {
            std::memcpy(zero, panel, 64);
            panel += 64;
        }
        if (hasOffsets(tile.mode)) {
            std::memcpy(offset, panel, 64);
            panel += 64;
        }
        std::uint32_t acc[rows][columns] = {};
        addGroup(reinterpret_cast<const std::uint8_t*>(panel), codes, rows, steps, acc);
        panel += steps * vectorBytes;
        codes += steps * rows * 8;
        for (std::size_t r = 0; r < rows; ++r) {
            const std::int32_t sum = tile.sums[g * rows + r];
            for (std::size_t c = 0; c < columns; ++c) {
                const std::int32_t start =
                    hasZeros(tile.mode) ? zero[c] * sum : tile.starts[g * rows + r] - floatBias;
                const auto integer =
                    static_cast<std::int32_t>((acc[r][c] << tile.shift) + static_cast<std::uint32_t>(start));
                f[r * columns + c] += scale[c] * static_cast<float>(integer);
                if (hasOffsets(tile.mode))
                    f[r * columns + c] += offset[c] * static_cast<float>(sum);
            }
        }
    }
}

#else

using DF = hn::CappedTag<float, columns>;
using DI = hn::Rebind<std::int32_t, DF>;
using D16 = hn::Repartition<std::int16_t, DI>;
using VI = hn::Vec<DI>;
constexpr std::size_t lanes = hn::MaxLanes(DF());
constexpr std::size_t vectors = columns / lanes;
constexpr std::size_t tileRows = lanes / 2; // 8 accumulators whatever the width

/// acc + the products of pairs of int16: |byte · code| ≤ 255 · 128, which fits int16 itself.
HWY_INLINE VI addPairs(VI acc, hn::Vec<D16> a, hn::Vec<D16> b)
{
#if HWY_TARGET == HWY_NEON
    return VI(vpadalq_s16(acc.raw, vmulq_s16(a.raw, b.raw)));
#else
    VI unused = hn::Zero(DI());
    return hn::ReorderWidenMulAccumulate(DI(), a, b, acc, unused);
#endif
}

HWY_INLINE hn::Vec<D16> pairAt(const std::byte* codes)
{
    std::int32_t pair = 0;
    std::memcpy(&pair, codes, sizeof(pair));
    return hn::BitCast(D16(), hn::Set(DI(), pair));
}

template <std::size_t rows>
HWY_INLINE void addGroup(const std::byte* bytes, const std::byte* codes, std::size_t steps,
                         VI (&acc)[rows][vectors])
{
    const hn::Repartition<std::uint16_t, DI> du16;
    const auto low = hn::Set(du16, std::uint16_t{0xff});
    for (std::size_t s = 0; s < steps; ++s, bytes += vectorBytes, codes += rows * 8) {
        hn::Vec<D16> even[vectors], odd[vectors];
        for (std::size_t v = 0; v < vectors; ++v) {
            const auto word = hn::LoadU(du16, reinterpret_cast<const std::uint16_t*>(bytes + v * lanes * 4));
            even[v] = hn::BitCast(D16(), hn::And(word, low));
            odd[v] = hn::BitCast(D16(), hn::ShiftRight<8>(word));
        }
        for (std::size_t r = 0; r < rows; ++r) {
            const hn::Vec<D16> x = pairAt(codes + r * 8);
            const hn::Vec<D16> y = pairAt(codes + r * 8 + 4);
            for (std::size_t v = 0; v < vectors; ++v)
                acc[r][v] = addPairs(addPairs(acc[r][v], even[v], x), odd[v], y);
        }
    }
}

template <std::size_t rows>
void multiplyRows(const GroupedTile& tile, float* f)
{
    const DF df;
    const DI di;
    const bool biased = tile.mode != GroupedMode::General;
    const VI bias = hn::Set(di, biased ? floatBias : 0);
    const std::byte* panel = tile.panel;
    const std::byte* codes = tile.codes;
    std::fill_n(f, rows * columns, 0.0f);
    for (std::size_t g = 0; g < tile.groups; ++g) {
        const std::size_t steps = g + 1 == tile.groups ? tile.lastSteps : tile.steps;
        const auto* const scale = reinterpret_cast<const float*>(panel);
        panel += 64;
        const auto* const zero = reinterpret_cast<const std::int32_t*>(panel);
        panel += hasZeros(tile.mode) ? 64 : 0;
        const auto* const offset = reinterpret_cast<const float*>(panel);
        panel += hasOffsets(tile.mode) ? 64 : 0;
        VI acc[rows][vectors];
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t v = 0; v < vectors; ++v)
                acc[r][v] = hn::Zero(di);
        addGroup<rows>(panel, codes, steps, acc);
        panel += steps * vectorBytes;
        codes += steps * rows * 8;
        for (std::size_t r = 0; r < rows; ++r) {
            const std::int32_t sum = tile.sums[g * rows + r];
            for (std::size_t v = 0; v < vectors; ++v) {
                const VI start =
                    hasZeros(tile.mode)
                        ? hn::Add(hn::Mul(hn::Load(di, zero + v * lanes), hn::Set(di, sum)), bias)
                        : hn::Set(di, tile.starts[g * rows + r]);
                const VI integer = hn::Add(hn::ShiftLeftSame(acc[r][v], tile.shift), start);
                const auto real = biased ? hn::Sub(hn::BitCast(df, integer), hn::BitCast(df, bias))
                                         : hn::ConvertTo(df, integer);
                float* const to = f + r * columns + v * lanes;
                auto total = hn::Add(hn::LoadU(df, to), hn::Mul(hn::Load(df, scale + v * lanes), real));
                if (hasOffsets(tile.mode))
                    total = hn::Add(total, hn::Mul(hn::Load(df, offset + v * lanes),
                                                   hn::Set(df, static_cast<float>(sum))));
                hn::StoreU(total, df, to);
            }
        }
    }
}

#endif

template <std::size_t rows = tileRows>
void multiply(const GroupedTile& tile, float* f)
{
    if (static_cast<std::size_t>(tile.rows) == rows)
        multiplyRows<rows>(tile, f);
    else if constexpr (rows > 1)
        multiply<rows - 1>(tile, f);
}

void fillKernel(GroupedKernel& kernel, std::string_view name)
{
    kernel.name = name;
    kernel.rows = static_cast<int>(tileRows);
    kernel.multiply = multiply<>;
}

} // namespace

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

/// groupedvnni.cpp.
void fillVnniKernel(const GroupedWeights& weights, GroupedKernel& kernel);

GroupedKernel groupedKernel([[maybe_unused]] const GroupedWeights& weights, Isa isa)
{
    GroupedKernel kernel;
    kernel.decode = groupedDecode(isa);
    switch (isa) {
#if HWY_TARGETS & HWY_AVX3
    case Isa::Avx512Vnni:
        N_AVX3::fillKernel(kernel, "vpmaddwd");
        fillVnniKernel(weights, kernel);
        break;
    case Isa::Avx512:
        N_AVX3::fillKernel(kernel, "vpmaddwd zmm 8×16");
        break;
#endif
#if HWY_TARGETS & HWY_AVX2
    case Isa::Avx2:
        N_AVX2::fillKernel(kernel, "vpmaddwd ymm 4×16");
        break;
#endif
#if HWY_TARGETS & HWY_SSE4
    case Isa::Sse4:
        N_SSE4::fillKernel(kernel, "pmaddwd 2×16");
        break;
#endif
#if HWY_TARGETS & HWY_NEON
    case Isa::Neon:
        N_NEON::fillKernel(kernel, "smlal 2×16");
        break;
#endif
    default:
        N_SCALAR::fillKernel(kernel, "scalar 4×16");
        break;
    }
    return kernel;
}

} // namespace quantoscope
#endif
