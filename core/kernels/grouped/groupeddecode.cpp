// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/grouped/groupeddecode.cpp"
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

} // namespace

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

GroupedMode modeOf(const GroupedWeights& weights)
{
    const bool zeros = weights.layout.zeroBytes != 0;
    const bool offsets = weights.layout.offsetBytes != 0;
    constexpr std::size_t longestOfInt16 = 255; // |Σ p| ≤ 32,640
    const bool wideSums = std::min(weights.layout.depth.run, weights.layout.depth.depth) > longestOfInt16;
    if (weights.factor != 1 || (zeros && (offsets || wideSums))
        || weights.largestSum >= (std::int64_t{1} << 22))
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

GroupedDecode groupedDecode(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, decode)
    return N_SCALAR::decode;
}

} // namespace quantoscope
#endif
