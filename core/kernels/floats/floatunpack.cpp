// SPDX-License-Identifier: GPL-3.0-or-later
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/floats/floatunpack.cpp"
#include "core/kernels/foreachtarget-inl.h" // must come before highway.h

#include <hwy/highway.h>

#include "core/kernels/floats/packcodes.h"

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
// Eight outputs in a word instead of a vector.
constexpr std::size_t unpackLanes = 8;
using UnpackVector = std::uint64_t;

inline UnpackVector unpackLoad(const std::uint8_t* from)
{
    return *static_cast<const std::uint64_t*>(static_cast<const void*>(from));
}
inline void unpackStore(UnpackVector bytes, std::uint8_t* to)
{
    *static_cast<std::uint64_t*>(static_cast<void*>(to)) = bytes;
}
template <int field, int width, int position>
UnpackVector unpackField(UnpackVector bytes)
{
    constexpr std::uint64_t mask = 0x0101010101010101 * (((1U << width) - 1) << position);
    return (field >= position ? bytes >> (field - position) : bytes << (position - field)) & mask;
}
inline UnpackVector unpackOr(UnpackVector a, UnpackVector b) { return a | b; }
inline UnpackVector unpackZero() { return 0; }
#else
using UnpackTag = hn::CappedTag<std::uint8_t, floatColumns>;
using UnpackWide = hn::Repartition<std::uint16_t, UnpackTag>;
constexpr std::size_t unpackLanes = hn::MaxLanes(UnpackTag());
using UnpackVector = hn::Vec<UnpackTag>;

HWY_INLINE UnpackVector unpackLoad(const std::uint8_t* from) { return hn::Load(UnpackTag(), from); }
HWY_INLINE void unpackStore(UnpackVector bytes, std::uint8_t* to) { hn::Store(bytes, UnpackTag(), to); }

/// Bits [field, field + width) of each byte at `position`.
template <int field, int width, int position>
HWY_INLINE UnpackVector unpackField(UnpackVector bytes)
{
    const UnpackTag d;
    const UnpackWide wide; // no shifts of bytes: the mask takes away what came from the neighbour
    auto words = hn::BitCast(wide, bytes);
    if constexpr (field > position)
        words = hn::ShiftRight<field - position>(words);
    if constexpr (field < position)
        words = hn::ShiftLeft<position - field>(words);
    return hn::And(hn::BitCast(d, words),
                   hn::Set(d, static_cast<std::uint8_t>(((1U << width) - 1) << position)));
}
HWY_INLINE UnpackVector unpackOr(UnpackVector a, UnpackVector b) { return hn::Or(a, b); }
HWY_INLINE UnpackVector unpackZero() { return hn::Zero(UnpackTag()); }
#endif

template <int width, int position, int field>
HWY_INLINE void unpackFields(UnpackVector bytes, UnpackVector* codes)
{
    if constexpr (field < 8) {
        *codes = unpackOr(*codes, unpackField<field, width, position>(bytes));
        unpackFields<width, position, field + width>(bytes, codes + 1);
    }
}

/// Planes of the widths in `bits` that are `width` or narrower, the first at `position`.
template <int bits, int width, int position>
HWY_INLINE void unpackPlanes(const std::uint8_t* packed, UnpackVector* codes)
{
    if constexpr (width >= 1) {
        if constexpr ((bits & width) != 0) {
#pragma GCC unroll 4
            for (int v = 0; v < width; ++v)
                unpackFields<width, position, 0>(
                    unpackLoad(packed + static_cast<std::size_t>(v) * floatColumns), codes + v * (8 / width));
            unpackPlanes<bits, width / 2, position + width>(packed + width * floatColumns, codes);
        } else {
            unpackPlanes<bits, width / 2, position>(packed, codes);
        }
    }
}

template <int bits>
void unpackBits(const std::uint8_t* packed, std::size_t groups, std::uint8_t* bytes)
{
    for (std::size_t g = 0; g < groups; ++g) {
        for (std::size_t n = 0; n < floatColumns; n += unpackLanes) {
            UnpackVector codes[packedSteps];
#pragma GCC unroll 8
            for (UnpackVector& code : codes)
                code = unpackZero();
            unpackPlanes<bits, 4, 0>(packed + n, codes);
#pragma GCC unroll 8
            for (std::size_t k = 0; k < packedSteps; ++k)
                unpackStore(codes[k], bytes + k * floatColumns + n);
        }
        packed += static_cast<std::size_t>(bits) * floatColumns;
        bytes += packedSteps * floatColumns;
    }
}

UnpackCodes unpackTable(int bits)
{
    static constexpr UnpackCodes functions[] = {unpackBits<1>, unpackBits<2>, unpackBits<3>, unpackBits<4>,
                                                unpackBits<5>, unpackBits<6>, unpackBits<7>};
    return functions[bits - 1];
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

UnpackCodes unpackCodes(int bits, Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, unpackTable(bits))
    return HWY_STATIC_DISPATCH(unpackTable)(bits);
}

} // namespace quantoscope
#endif
