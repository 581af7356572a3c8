// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizer.h"

#include "core/kernels/input/quantizerscalar.h"

#define HWY_TARGET_INCLUDE "core/kernels/input/quantizer.cpp"
#include "core/kernels/foreachtarget-inl.h"
#include "core/kernels/output/somelanes-inl.h"
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {
namespace {

using D = hn::ScalableTag<float>;
using DI = hn::RebindToSigned<D>;
using V = hn::Vec<D>;
using VI = hn::Vec<DI>;

constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr float largestFloat = 3.40282347e38f;

HWY_INLINE hn::Mask<D> isFinite(V x) { return hn::Le(hn::Abs(x), hn::Set(D(), largestFloat)); }

HWY_INLINE V cut(V value, V low, V high) { return hn::Min(hn::Max(value, low), high); }

/// Whole numbers in [low, high], themselves whole.
template <QuantizeRounding rounding>
HWY_INLINE VI roundedInside(V t, V low, V high)
{
    const D d;
    const V one = hn::Set(d, 1.0f);
    const V half = hn::Set(d, 0.5f);
    if constexpr (rounding == QuantizeRounding::HalfEven) {
        // Cutting before rounding is the same: the ends are whole.
        return hn::NearestInt(cut(t, low, high));
    } else if constexpr (rounding == QuantizeRounding::HalfAway) {
        const V size = hn::Abs(t);
        const V down = hn::Floor(size);
        const V up = hn::Add(down, hn::IfThenElseZero(hn::Ge(hn::Sub(size, down), half), one));
        return hn::ConvertTo(DI(), cut(hn::CopySign(up, t), low, high));
    } else {
        const V down = hn::Floor(t);
        if constexpr (rounding == QuantizeRounding::Floor)
            return hn::ConvertTo(DI(), cut(down, low, high));
        const V up = hn::Add(down, hn::IfThenElseZero(hn::Ge(hn::Sub(t, down), half), one));
        return hn::ConvertTo(DI(), cut(up, low, high));
    }
}

/// Broadcast parameters and what has been added up.
template <QuantizeRounding rounding, bool reciprocal>
class Loop
{
public:
    HWY_INLINE explicit Loop(const QuantizeRule& rule)
        : m_scale(hn::Set(D(), reciprocal ? 1 / rule.scale : rule.scale)),
          m_offset(hn::Set(D(), rule.offset)),
          m_low(hn::Set(D(), static_cast<float>(rule.low - rule.zeroPoint))),
          m_high(hn::Set(D(), static_cast<float>(rule.high - rule.zeroPoint))),
          m_zeroPoint(hn::Set(DI(), rule.zeroPoint))
    {
    }

    HWY_INLINE VI integers(V x)
    {
        const D d;
        const auto finite = isFinite(x);
        if (HWY_UNLIKELY(!hn::AllTrue(d, finite))) {
            nonFinite += lanes - hn::CountTrue(d, finite);
            x = hn::IfThenZeroElse(hn::IsNaN(x), x);
        }
        const V difference = hn::Sub(x, m_offset);
        const V t = reciprocal ? hn::Mul(difference, m_scale) : hn::Div(difference, m_scale);
        return hn::Add(roundedInside<rounding>(t, m_low, m_high), m_zeroPoint);
    }

    std::size_t nonFinite = 0;

private:
    V m_scale, m_offset, m_low, m_high;
    VI m_zeroPoint;
};

template <typename Out>
HWY_INLINE void storeIntegers(VI p, Out* out, std::size_t count)
{
    const hn::Rebind<Out, DI> d;
    storeSome(hn::DemoteTo(d, p), d, out, count);
}

template <QuantizeRounding rounding, bool reciprocal, typename Out>
PackedSum quantizeBy(const float* x, std::size_t count, const QuantizeRule& rule, Out* out)
{
    // Lanes of int32 hold that many sums of int16.
    constexpr std::size_t stretch = lanes << 14;
    const DI di;
    Loop<rounding, reciprocal> loop(rule);
    PackedSum result;
    std::size_t i = 0;
    while (count - i >= lanes) {
        const std::size_t end = i + HWY_MIN(stretch, (count - i) / lanes * lanes);
        VI sum = hn::Zero(di);
        for (; i < end; i += lanes) {
            const VI p = loop.integers(hn::LoadU(D(), x + i));
            sum = hn::Add(sum, p);
            storeIntegers(p, out + i, lanes);
        }
        // Pairs of a few lanes cannot pass int64.
        HWY_ALIGN std::int32_t parts[lanes];
        hn::Store(sum, di, parts);
        for (const std::int32_t part : parts)
            result.sum += part;
    }
    if (i < count) {
        const VI p = loop.integers(loadSome(D(), x + i, count - i));
        storeIntegers(p, out + i, count - i);
        HWY_ALIGN std::int32_t parts[lanes];
        hn::Store(p, di, parts);
        for (std::size_t k = 0; k < count - i; ++k)
            result.sum += parts[k];
    }
    result.nonFinite = loop.nonFinite;
    return result;
}

template <bool reciprocal, typename Out>
PackedSum quantizeRounded(const float* x, std::size_t count, const QuantizeRule& rule, Out* out)
{
    switch (rule.rounding) {
    case QuantizeRounding::HalfEven:
        return quantizeBy<QuantizeRounding::HalfEven, reciprocal>(x, count, rule, out);
    case QuantizeRounding::HalfAway:
        return quantizeBy<QuantizeRounding::HalfAway, reciprocal>(x, count, rule, out);
    case QuantizeRounding::HalfUp:
        return quantizeBy<QuantizeRounding::HalfUp, reciprocal>(x, count, rule, out);
    case QuantizeRounding::Floor:
        break;
    }
    return quantizeBy<QuantizeRounding::Floor, reciprocal>(x, count, rule, out);
}

template <typename Out>
PackedSum quantize(const float* x, std::size_t count, const QuantizeRule& rule, Out* out)
{
    return rule.reciprocal ? quantizeRounded<true>(x, count, rule, out)
                           : quantizeRounded<false>(x, count, rule, out);
}

/// Smallest and largest of what was seen.
class Ends
{
public:
    HWY_INLINE Ends() : m_lo(hn::Set(D(), largestFloat)), m_hi(hn::Set(D(), -largestFloat)) {}
    HWY_INLINE void take(V x, hn::Mask<D> wanted, std::size_t count)
    {
        const D d;
        const auto usable = hn::And(isFinite(x), wanted);
        const std::size_t finite = hn::CountTrue(d, usable);
        m_nonFinite += count - finite;
        m_lo = hn::Min(m_lo, hn::IfThenElse(usable, x, hn::Set(d, largestFloat)));
        m_hi = hn::Max(m_hi, hn::IfThenElse(usable, x, hn::Set(d, -largestFloat)));
    }
    HWY_INLINE void take(V x)
    {
        const D d;
        if (HWY_UNLIKELY(!hn::AllTrue(d, isFinite(x))))
            return take(x, hn::FirstN(d, lanes), lanes);
        m_lo = hn::Min(m_lo, x);
        m_hi = hn::Max(m_hi, x);
    }
    HWY_INLINE void take(const Ends& other)
    {
        m_lo = hn::Min(m_lo, other.m_lo);
        m_hi = hn::Max(m_hi, other.m_hi);
        m_nonFinite += other.m_nonFinite;
    }
    HWY_INLINE FiniteRange result(std::size_t count) const
    {
        const D d;
        if (m_nonFinite == count)
            return {0, 0, 0, count};
        // Which of two zeros wins depends on the order: adding 0 makes -0 a +0.
        return {hn::GetLane(hn::MinOfLanes(d, m_lo)) + 0.0f, hn::GetLane(hn::MaxOfLanes(d, m_hi)) + 0.0f,
                count - m_nonFinite, m_nonFinite};
    }

private:
    V m_lo, m_hi;
    std::size_t m_nonFinite = 0;
};

FiniteRange range(const float* x, std::size_t count)
{
    const D d;
    // Two, for the latency of a minimum.
    Ends even, odd;
    std::size_t i = 0;
    for (; count - i >= 2 * lanes; i += 2 * lanes) {
        even.take(hn::LoadU(d, x + i));
        odd.take(hn::LoadU(d, x + i + lanes));
    }
    for (; i < count; i += lanes) {
        const std::size_t left = HWY_MIN(lanes, count - i);
        odd.take(loadSome(d, x + i, left), hn::FirstN(d, left), left);
    }
    even.take(odd);
    return even.result(count);
}

} // namespace

extern const Quantizer quantizerTable;
const Quantizer quantizerTable{quantize<std::int8_t>, quantize<std::int16_t>, range};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace quantoscope {

const Quantizer& quantizer(Isa isa)
{
    switch (isa) {
#if HWY_TARGETS & HWY_AVX3
    case Isa::Avx512Vnni:
    case Isa::Avx512:
        return N_AVX3::quantizerTable;
#endif
#if HWY_TARGETS & HWY_AVX2
    case Isa::Avx2:
        return N_AVX2::quantizerTable;
#endif
#if HWY_TARGETS & HWY_SSE4
    case Isa::Sse4:
        return N_SSE4::quantizerTable;
#endif
#if HWY_TARGETS & HWY_NEON
    case Isa::Neon:
        return N_NEON::quantizerTable;
#endif
    default:
        return scalarQuantizer();
    }
}

} // namespace quantoscope
#endif
