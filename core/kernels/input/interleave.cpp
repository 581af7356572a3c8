// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/interleave.h"

#include <cstdint>
#include <cstring>

#define HWY_TARGET_INCLUDE "core/kernels/input/interleave.cpp"
#include "core/kernels/foreachtarget-inl.h"
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 16>;
using Units = hn::CappedTag<std::uint32_t, 4>;
using Pairs = hn::CappedTag<std::uint64_t, 2>;

HWY_INLINE hn::Vec<Units> loadUnits(const std::byte* from)
{
    return hn::BitCast(Units(), hn::LoadU(Bytes(), reinterpret_cast<const std::uint8_t*>(from)));
}

HWY_INLINE void storeUnits(hn::Vec<Pairs> units, std::byte* to)
{
    hn::StoreU(hn::BitCast(Bytes(), units), Bytes(), reinterpret_cast<std::uint8_t*>(to));
}

/// Four units of four rows.
HWY_INLINE void square(const std::byte* from, std::size_t fromStride, std::byte* to, std::size_t toStride)
{
    const Units d;
    const Pairs pairs;
    const auto a = loadUnits(from);
    const auto b = loadUnits(from + fromStride);
    const auto c = loadUnits(from + 2 * fromStride);
    const auto e = loadUnits(from + 3 * fromStride);
    const auto abLow = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
    const auto ceLow = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
    const auto abHigh = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
    const auto ceHigh = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
    storeUnits(hn::InterleaveLower(pairs, abLow, ceLow), to);
    storeUnits(hn::InterleaveUpper(pairs, abLow, ceLow), to + toStride);
    storeUnits(hn::InterleaveLower(pairs, abHigh, ceHigh), to + 2 * toStride);
    storeUnits(hn::InterleaveUpper(pairs, abHigh, ceHigh), to + 3 * toStride);
}

void singly(const std::byte* from, std::size_t fromStride, std::size_t rows, std::size_t units, std::byte* to,
            std::size_t toStride)
{
    for (std::size_t s = 0; s < units; ++s)
        for (std::size_t r = 0; r < rows; ++r)
            std::memcpy(to + s * toStride + 4 * r, from + r * fromStride + 4 * s, 4);
}

void interleave(const std::byte* from, std::size_t fromStride, std::size_t rows, std::size_t units,
                std::byte* to, std::size_t toStride)
{
    if (rows < 4)
        return singly(from, fromStride, rows, units, to, toStride);
    std::size_t s = 0;
    for (; units - s >= 4; s += 4) {
        std::size_t r = 0;
        for (; rows - r > 4; r += 4)
            square(from + r * fromStride + 4 * s, fromStride, to + s * toStride + 4 * r, toStride);
        // The last four, some of them perhaps once more.
        r = rows - 4;
        square(from + r * fromStride + 4 * s, fromStride, to + s * toStride + 4 * r, toStride);
    }
    singly(from + 4 * s, fromStride, rows, units - s, to + s * toStride, toStride);
}

} // namespace

extern const Interleave interleaveUnits;
const Interleave interleaveUnits = interleave;

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

namespace {

void interleaveSingly(const std::byte* from, std::size_t fromStride, std::size_t rows, std::size_t units,
                      std::byte* to, std::size_t toStride)
{
    for (std::size_t s = 0; s < units; ++s)
        for (std::size_t r = 0; r < rows; ++r)
            std::memcpy(to + s * toStride + 4 * r, from + r * fromStride + 4 * s, 4);
}

} // namespace

Interleave interleaver(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, interleaveUnits)
    return interleaveSingly;
}

} // namespace quantoscope
#endif
