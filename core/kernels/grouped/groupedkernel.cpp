// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set: reading panels, and tiles by pairs of int16 products.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/grouped/groupedkernel.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include "core/kernels/grouped/groupedkernel.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t columns = GroupedLayout::columns;
constexpr std::size_t vectorBytes = GroupedLayout::vectorBytes;

/// The numbers of a header as 16 floats: binary16 by its exponent, moved.
HWY_INLINE void readFloats(const std::byte*& in, std::size_t bytes, std::byte*& out)
{
    if (bytes == 4) {
        std::memcpy(out, in, columns * 4);
    } else {
        std::uint16_t halves[columns];
        std::memcpy(halves, in, sizeof(halves));
        for (std::size_t c = 0; c < columns; ++c) {
            const std::uint32_t shifted = (halves[c] & 0x7fffU) << 13;
            float magnitude = 0;
            std::memcpy(&magnitude, &shifted, 4);
            magnitude *= 0x1p112f;
            std::uint32_t bits = 0;
            std::memcpy(&bits, &magnitude, 4);
            bits |= (halves[c] & 0x8000U) << 16;
            std::memcpy(out + c * 4, &bits, 4);
        }
    }
    in += columns * bytes;
    out += columns * 4;
}

HWY_INLINE void readZeros(const std::byte*& in, const GroupedWeights& weights, std::byte*& out)
{
    const std::size_t bytes = weights.layout.zeroBytes;
    std::int32_t negated[columns];
    for (std::size_t c = 0; c < columns; ++c) {
        std::int32_t zero = weights.zero;
        if (bytes == 1)
            zero = static_cast<std::uint8_t>(in[c]);
        else if (bytes == 4)
            std::memcpy(&zero, in + c * 4, 4);
        negated[c] = -zero;
    }
    std::memcpy(out, negated, sizeof(negated));
    in += columns * bytes;
    out += columns * 4;
}

using D8 = hn::CappedTag<std::uint8_t, vectorBytes>;

/// Field `field` of a vector of a plane whose bits go to `position`; planes but the first are added to `out`.
template <unsigned width, unsigned position, unsigned field>
HWY_INLINE void unpackField(const std::uint8_t* in, std::uint8_t* out)
{
    constexpr unsigned mask = (1U << width) - 1;
#if HWY_TARGET == HWY_SCALAR
    for (std::size_t i = 0; i < vectorBytes; ++i) {
        const unsigned bits = (in[i] >> field * width & mask) << position;
        out[i] = static_cast<std::uint8_t>(position == 0 ? bits : out[i] | bits);
    }
#else
    const D8 d;
    const hn::Repartition<std::uint16_t, D8> wide;
    for (std::size_t i = 0; i < vectorBytes; i += hn::Lanes(d)) {
        auto word = hn::BitCast(wide, hn::LoadU(d, in + i));
        if constexpr (field * width > position)
            word = hn::ShiftRight<static_cast<int>(field * width - position)>(word);
        if constexpr (field * width < position)
            word = hn::ShiftLeft<static_cast<int>(position - field * width)>(word);
        auto bits = hn::BitCast(d, word);
        if constexpr (width != 8)
            bits = hn::And(bits, hn::Set(d, static_cast<std::uint8_t>(mask << position)));
        if constexpr (position != 0)
            bits = hn::Or(bits, hn::LoadU(d, out + i));
        hn::StoreU(bits, d, out + i);
    }
#endif
}

template <unsigned width, unsigned position, unsigned field = 0>
HWY_INLINE void unpackVector(const std::uint8_t* in, std::uint8_t* out)
{
    unpackField<width, position, field>(in, out + field * vectorBytes);
    if constexpr ((field + 1) * width < 8)
        unpackVector<width, position, field + 1>(in, out);
}

template <unsigned bits, unsigned width, unsigned position, std::size_t steps>
HWY_INLINE void unpackPlane(const std::uint8_t*& in, std::uint8_t* out)
{
    if constexpr ((bits & width) != 0) {
        constexpr std::size_t fields = 8 / width;
        for (std::size_t s = 0; s < steps; s += fields, in += vectorBytes)
            unpackVector<width, position>(in, out + s * vectorBytes);
    }
}

template <unsigned bits>
void unpackChunks(const std::uint8_t* in, std::uint8_t* out, std::size_t chunks)
{
    constexpr std::size_t steps = 8 / (bits & (~bits + 1));
    for (std::size_t c = 0; c < chunks; ++c, out += steps * vectorBytes) {
        unpackPlane<bits, 8, 0, steps>(in, out);
        unpackPlane<bits, 4, 0, steps>(in, out);
        unpackPlane<bits, 2, (bits & 4), steps>(in, out);
        unpackPlane<bits, 1, (bits & 6), steps>(in, out);
    }
}

using Unpack = void (*)(const std::uint8_t*, std::uint8_t*, std::size_t);

Unpack unpackerOf(int bits)
{
    constexpr Unpack unpackers[] = {unpackChunks<1>, unpackChunks<2>, unpackChunks<3>, unpackChunks<4>,
                                    unpackChunks<5>, unpackChunks<6>, unpackChunks<7>, unpackChunks<8>};
    return unpackers[bits - 1];
}

HWY_INLINE void lookUp(const std::vector<std::uint8_t>& table, std::uint8_t* bytes, std::size_t count)
{
#if HWY_TARGET != HWY_SCALAR
    if (table.size() <= 16) {
        HWY_ALIGN std::uint8_t entries[16] = {};
        std::copy(table.begin(), table.end(), entries);
        const D8 d;
        const auto levels = hn::LoadDup128(d, entries);
        for (std::size_t i = 0; i < count; i += hn::Lanes(d))
            hn::StoreU(hn::TableLookupBytes(levels, hn::LoadU(d, bytes + i)), d, bytes + i);
        return;
    }
#endif
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = table[bytes[i]];
}

void decode(const GroupedWeights& weights, std::size_t panel, std::byte* out)
{
    const GroupedLayout& layout = weights.layout;
    const GroupedMode mode = modeOf(weights);
    const Unpack unpack = unpackerOf(layout.storedBits);
    const std::byte* in = weights.panel(panel);
    for (std::size_t group = 0; group < layout.groups(); ++group) {
        readFloats(in, layout.scaleBytes, out);
        if (hasZeros(mode))
            readZeros(in, weights, out);
        if (layout.offsetBytes != 0) {
            readFloats(in, layout.offsetBytes, out);
        } else if (hasOffsets(mode)) {
            std::memset(out, 0, columns * 4);
            out += columns * 4;
        }
        auto* const bytes = reinterpret_cast<std::uint8_t*>(out);
        const std::size_t chunks = layout.chunks(group);
        const std::size_t size = layout.steps(group) * vectorBytes;
        unpack(reinterpret_cast<const std::uint8_t*>(in), bytes, chunks);
        if (!weights.table.empty())
            lookUp(weights.table, bytes, size);
        in += chunks * layout.chunkBytes();
        out += size;
    }
}

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
    kernel.decode = decode;
    kernel.multiply = multiply<>;
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

/// groupedvnni.cpp.
void fillVnniKernel(const GroupedWeights& weights, GroupedKernel& kernel);

GroupedMode modeOf(const GroupedWeights& weights)
{
    const bool zeros = weights.layout.zeroBytes != 0;
    const bool offsets = weights.layout.offsetBytes != 0;
    if (weights.factor != 1 || (zeros && offsets) || weights.largestSum >= (std::int64_t{1} << 22))
        return GroupedMode::General;
    return zeros ? GroupedMode::Zeros : offsets ? GroupedMode::Offsets : GroupedMode::Plain;
}

std::size_t decodedPanelBytes(const GroupedWeights& weights)
{
    const GroupedMode mode = modeOf(weights);
    const std::size_t header =
        GroupedLayout::columns * 4 * (1 + std::size_t{hasZeros(mode)} + std::size_t{hasOffsets(mode)});
    return weights.layout.groups() * header + weights.layout.totalSteps() * GroupedLayout::vectorBytes;
}

GroupedKernel groupedKernel([[maybe_unused]] const GroupedWeights& weights, Isa isa)
{
    GroupedKernel kernel;
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
