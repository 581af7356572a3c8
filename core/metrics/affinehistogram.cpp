// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/metrics/affinehistogram.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/metrics/affinehistogram.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#ifndef QUANTOSCOPE_BIN_SCALE
#define QUANTOSCOPE_BIN_SCALE
namespace quantoscope {
/// What the loop needs to know of the bins.
struct BinScale
{
    float lo;
    float hi;
    float perUnit; ///< bins / (hi - lo)
    float bins;
};
} // namespace quantoscope
#endif

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <bool identity>
void countTransformed(const float* values, std::size_t count, const Affine& transform, const BinScale& scale,
                      std::uint64_t* slots)
{
    const hn::CappedTag<float, 16> d;
    const hn::RebindToSigned<decltype(d)> di;
    using V = hn::Vec<decltype(d)>;
    constexpr std::size_t lanes = hn::MaxLanes(d);
    // Slots computed before they are counted: enough that their stores have reached the cache when they are read back
    // in other sizes, few enough that both overlap.
    constexpr std::size_t block = 128;
    HWY_ALIGN std::int32_t slot[block];
    const V offset = hn::Set(d, transform.offset);
    const V divisor = hn::Set(d, transform.scale);
    const V shift = hn::Set(d, transform.shift);
    const V lo = hn::Set(d, scale.lo);
    const V hi = hn::Set(d, scale.hi);
    const V perUnit = hn::Set(d, scale.perUnit);
    const V lastBin = hn::Set(d, scale.bins - 1);
    const V largest = hn::Set(d, std::numeric_limits<float>::max());
    const V intoMantissa = hn::Set(d, 0x1p23f + 1); // its low bits then hold bin + 1
    const auto mantissa = hn::Set(di, 0x7fffff);
    const auto slotOf = [&](V x) HWY_ATTR {
        V u = x;
        if constexpr (!identity)
            u = hn::Add(hn::Div(hn::Sub(x, offset), divisor), shift);
        const V bin = hn::Floor(hn::Min(hn::Max(hn::Mul(hn::Sub(u, lo), perUnit), hn::Zero(d)), lastBin));
        const auto ordinary = hn::And(hn::BitCast(di, hn::Add(bin, intoMantissa)), mantissa);
        const auto inside = hn::And(hn::Ge(u, lo), hn::Le(u, hi));
        if (HWY_LIKELY(hn::AllTrue(d, inside)))
            return ordinary;
        V outside = hn::IfThenElseZero(hn::Gt(u, hi), hn::Set(d, scale.bins + 1));
        // False for NaN as well; the input decides, for u of a finite x may overflow.
        const auto finite = hn::Le(hn::Abs(x), largest);
        outside = hn::IfThenElse(finite, outside, hn::Set(d, scale.bins + 2));
        return hn::IfThenElse(hn::RebindMask(di, inside), ordinary, hn::ConvertTo(di, outside));
    };
    std::size_t done = 0;
    for (; done + block <= count; done += block) {
        for (std::size_t i = 0; i < block; i += lanes)
            hn::Store(slotOf(hn::LoadU(d, values + done + i)), di, slot + i);
#pragma GCC unroll 16
        for (std::size_t k = 0; k < block; k += 2) { // two at once: loads are scarcer than shifts
            std::uint64_t pair;
            std::memcpy(&pair, slot + k, sizeof pair);
            ++slots[pair & 0xffffffff];
            ++slots[pair >> 32];
        }
    }
    for (; done < count; done += lanes) {
        const std::size_t now = std::min(lanes, count - done);
        if (now == lanes) {
            hn::Store(slotOf(hn::LoadU(d, values + done)), di, slot);
        } else { // nothing is read behind the end
            HWY_ALIGN float tail[lanes] = {};
            std::copy(values + done, values + done + now, tail);
            hn::Store(slotOf(hn::Load(d, tail)), di, slot);
        }
        for (std::size_t k = 0; k < now; ++k)
            ++slots[slot[k]];
    }
}

void countValues(const float* values, std::size_t count, const Affine& transform, const BinScale& scale,
                 std::uint64_t* slots)
{
    if (transform.offset == 0 && transform.scale == 1 && transform.shift == 0)
        countTransformed<true>(values, count, transform, scale, slots);
    else
        countTransformed<false>(values, count, transform, scale, slots);
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(countValues);

AffineHistogram::AffineHistogram(double lo, double hi, std::size_t bins)
    : m_lo(lo), m_hi(hi), m_slots(bins + 3)
{
    assert(lo < hi && bins >= 1 && bins <= std::size_t{1} << 20);
}

void AffineHistogram::add(std::span<const float> values, const Affine& transform)
{
    const auto bins = static_cast<double>(m_slots.size() - 3);
    const BinScale scale{static_cast<float>(m_lo), static_cast<float>(m_hi),
                         static_cast<float>(bins / (m_hi - m_lo)), static_cast<float>(bins)};
    HWY_DYNAMIC_DISPATCH(countValues)
    (values.data(), values.size(), transform, scale, m_slots.data());
}

Histogram AffineHistogram::result() const
{
    return {m_lo,
            m_hi,
            {m_slots.begin() + 1, m_slots.end() - 2},
            m_slots.front(),
            m_slots[m_slots.size() - 2],
            m_slots.back()};
}

} // namespace quantoscope
#endif
