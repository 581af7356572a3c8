// SPDX-License-Identifier: GPL-3.0-or-later
// Included once per instruction set, after hwy/foreach_target.h: no plain include guard.
#if defined(QUANTOSCOPE_GGML_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef QUANTOSCOPE_GGML_LANES_INL
#undef QUANTOSCOPE_GGML_LANES_INL
#else
#define QUANTOSCOPE_GGML_LANES_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::ggml::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<D>;
using V = hn::Vec<D>;
using VI = hn::Vec<DI>;
using M = hn::Mask<D>;

constexpr std::size_t lanes = hn::MaxLanes(D());

/// The lowest byte of each lane of integers from 0 to 255.
HWY_INLINE void storeBytes(VI v, std::uint8_t* to)
{
    const hn::Rebind<std::uint8_t, D> bytes;
    hn::StoreU(hn::DemoteTo(bytes, v), bytes, to);
}

/// The integer part of small numbers: ConvertTo() would spend more on those beyond an int.
HWY_INLINE VI truncatedLanes(V value)
{
#if HWY_TARGET == HWY_AVX3
    return VI{_mm512_cvttps_epi32(value.raw)};
#elif HWY_TARGET == HWY_AVX2
    return VI{_mm256_cvttps_epi32(value.raw)};
#else
    return hn::ConvertTo(DI(), value);
#endif
}

/// nearest() of fit.h, cut to a range.
struct CodeClamp
{
    CodeClamp(int lowest, int highest) : m_lowest(hn::Set(DI(), lowest)), m_highest(hn::Set(DI(), highest)) {}

    HWY_INLINE VI nearestInt(V value) const
    {
        const DI di;
        const VI bits = hn::BitCast(di, hn::Add(value, hn::Set(D(), 12582912.0f)));
        const VI whole = hn::Sub(hn::And(bits, hn::Set(di, 0x7fffff)), hn::Set(di, 0x400000));
        return hn::Min(hn::Max(whole, m_lowest), m_highest);
    }
    HWY_INLINE V nearest(V value) const { return hn::ConvertTo(D(), nearestInt(value)); }

private:
    VI m_lowest, m_highest;
};

#if HWY_TARGET != HWY_SCALAR
/// Four groups' worth of four elements to four elements' worth of four groups.
HWY_INLINE void transpose4(const float* from, std::size_t fromStride, float* to, std::size_t toStride)
{
    const hn::FixedTag<float, 4> d;
    const auto a = hn::LoadU(d, from);
    const auto b = hn::LoadU(d, from + fromStride);
    const auto c = hn::LoadU(d, from + 2 * fromStride);
    const auto e = hn::LoadU(d, from + 3 * fromStride);
    const auto abLow = hn::InterleaveLower(d, a, b);
    const auto abHigh = hn::InterleaveUpper(d, a, b);
    const auto ceLow = hn::InterleaveLower(d, c, e);
    const auto ceHigh = hn::InterleaveUpper(d, c, e);
    hn::StoreU(hn::ConcatLowerLower(d, ceLow, abLow), d, to);
    hn::StoreU(hn::ConcatUpperUpper(d, ceLow, abLow), d, to + toStride);
    hn::StoreU(hn::ConcatLowerLower(d, ceHigh, abHigh), d, to + 2 * toStride);
    hn::StoreU(hn::ConcatUpperUpper(d, ceHigh, abHigh), d, to + 3 * toStride);
}
#endif

/// `length` elements of as many groups as a vector has lanes: lane g of vector i is element i of group g.
template <std::size_t length>
class Column
{
public:
    HWY_INLINE V get(std::size_t i) const { return hn::Load(D(), m_values + i * lanes); }
    HWY_INLINE void set(std::size_t i, V v) { hn::Store(v, D(), m_values + i * lanes); }

    /// From `groups` runs of `length`; the lanes without a group get zeros.
    HWY_INLINE void load(const float* values, std::size_t groups)
    {
        HWY_ALIGN float padded[length * lanes];
        if (groups < lanes) {
            std::fill(std::copy_n(values, groups * length, padded), padded + length * lanes, 0.0f);
            values = padded;
        }
#if HWY_TARGET == HWY_SCALAR
        std::copy_n(values, length, m_values);
#else
        for (std::size_t g = 0; g < lanes; g += 4)
            for (std::size_t i = 0; i < length; i += 4)
                transpose4(values + g * length + i, length, m_values + i * lanes + g, lanes);
#endif
    }

    /// As bytes, back in runs of `length`.
    HWY_INLINE void storeCodes(std::size_t groups, std::uint8_t* to) const
    {
        HWY_ALIGN float runs[length * lanes];
#if HWY_TARGET == HWY_SCALAR
        std::copy_n(m_values, length, runs);
#else
        for (std::size_t g = 0; g < lanes; g += 4)
            for (std::size_t i = 0; i < length; i += 4)
                transpose4(m_values + i * lanes + g, lanes, runs + g * length + i, length);
#endif
        for (std::size_t i = 0; i < groups * length; i += lanes)
            storeBytes(hn::ConvertTo(DI(), hn::Load(D(), runs + i)), to + i);
    }

private:
    HWY_ALIGN float m_values[length * lanes];
};

/// largestMagnitude() of each group.
template <std::size_t length>
HWY_INLINE V largestOf(const Column<length>& x)
{
    V largest = hn::Zero(D());
    for (std::size_t i = 0; i < length; ++i)
        largest = hn::IfThenElse(hn::Gt(hn::Abs(x.get(i)), hn::Abs(largest)), x.get(i), largest);
    return largest;
}

} // namespace quantoscope::ggml::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
