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

/// 1.5 · 2^23: the sum with a smaller number holds its nearest integer, ties to even, in the low bits.
constexpr float roundingMagic = 12582912.0f;
constexpr std::int32_t magicBits = 0x4b400000;

/// Whole but for ties to even, which the magic number settles. `inside` lies between whole numbers below 2^22, so rounding
/// cannot leave them.
template <QuantizeRounding rounding>
HWY_INLINE V wholeOf(V inside)
{
    const D d;
    if constexpr (rounding == QuantizeRounding::HalfAway) {
        // The float below 0.5: 0.5 itself would lift the number below it to 1.
        return hn::Trunc(hn::Add(inside, hn::CopySign(hn::Set(d, 0.49999997f), inside)));
    } else if constexpr (rounding == QuantizeRounding::HalfUp) {
        const V down = hn::Floor(inside);
        const auto up = hn::Ge(hn::Sub(inside, down), hn::Set(d, 0.5f));
        return hn::Add(down, hn::IfThenElseZero(up, hn::Set(d, 1.0f)));
    } else if constexpr (rounding == QuantizeRounding::Floor) {
        return hn::Floor(inside);
    } else {
        return inside;
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
          m_shift(hn::Set(DI(), rule.zeroPoint - magicBits))
    {
    }

    HWY_INLINE VI integers(V x) const
    {
        const V difference = hn::Sub(x, m_offset);
        const V t = reciprocal ? hn::Mul(difference, m_scale) : hn::Div(difference, m_scale);
        const V inside = hn::Min(hn::Max(t, m_low), m_high);
        const V sum = hn::Add(wholeOf<rounding>(inside), hn::Set(D(), roundingMagic));
        return hn::Add(hn::BitCast(DI(), sum), m_shift);
    }

    /// NaN becomes 0, and what is not finite is counted.
    HWY_INLINE V mended(V x)
    {
        const D d;
        nonFinite += lanes - hn::CountTrue(d, isFinite(x));
        return hn::IfThenZeroElse(hn::IsNaN(x), x);
    }

    std::size_t nonFinite = 0;

private:
    V m_scale, m_offset, m_low, m_high;
    VI m_shift;
};

/// Bits of magnitudes: as integers they compare as the values do, NaN above infinity.
HWY_INLINE VI magnitudeBits(V x) { return hn::BitCast(DI(), hn::Abs(x)); }

template <typename Out>
HWY_INLINE void storeIntegers(VI p, Out* out, std::size_t count)
{
    const hn::Rebind<Out, DI> d;
    storeSome(hn::DemoteTo(d, p), d, out, count);
}

HWY_INLINE void storeFour(VI a, VI b, VI c, VI d, std::int16_t* out)
{
    storeIntegers(a, out, lanes);
    storeIntegers(b, out + lanes, lanes);
    storeIntegers(c, out + 2 * lanes, lanes);
    storeIntegers(d, out + 3 * lanes, lanes);
}

#if HWY_ARCH_X86
HWY_INLINE __m128i packs(__m128i a, __m128i b) { return _mm_packs_epi16(a, b); }
#if HWY_TARGET <= HWY_AVX2
HWY_INLINE __m256i packs(__m256i a, __m256i b) { return _mm256_packs_epi16(a, b); }
#endif
#if HWY_TARGET <= HWY_AVX3
HWY_INLINE __m512i packs(__m512i a, __m512i b) { return _mm512_packs_epi16(a, b); }
#endif

HWY_INLINE void storeFour(VI a, VI b, VI c, VI d, std::int8_t* out)
{
    const hn::RepartitionToNarrow<DI> half;
    const hn::Repartition<std::int8_t, DI> bytes;
    const auto ab = hn::ReorderDemote2To(half, a, b);
    const auto cd = hn::ReorderDemote2To(half, c, d);
    const hn::Vec<decltype(bytes)> packed{packs(ab.raw, cd.raw)};
    // Every block of 16 bytes has four of each vector.
    HWY_ALIGN std::int32_t order[lanes];
    for (std::size_t i = 0; i < lanes; ++i)
        order[i] = static_cast<std::int32_t>(i % (lanes / 4) * 4 + i / (lanes / 4));
    const VI ordered = hn::TableLookupLanes(hn::BitCast(DI(), packed), hn::SetTableIndices(DI(), order));
    hn::StoreU(hn::BitCast(bytes, ordered), bytes, out);
}
#else
HWY_INLINE void storeFour(VI a, VI b, VI c, VI d, std::int8_t* out)
{
    storeIntegers(a, out, lanes);
    storeIntegers(b, out + lanes, lanes);
    storeIntegers(c, out + 2 * lanes, lanes);
    storeIntegers(d, out + 3 * lanes, lanes);
}
#endif

/// Four vectors; returns lanes of Σ p.
template <class Loop, typename Out>
HWY_INLINE VI quantizeFour(Loop& loop, const float* x, Out* out)
{
    const D d;
    const DI di;
    V x0 = hn::LoadU(d, x);
    V x1 = hn::LoadU(d, x + lanes);
    V x2 = hn::LoadU(d, x + 2 * lanes);
    V x3 = hn::LoadU(d, x + 3 * lanes);
    const VI largest =
        hn::Max(hn::Max(magnitudeBits(x0), magnitudeBits(x1)), hn::Max(magnitudeBits(x2), magnitudeBits(x3)));
    if (HWY_UNLIKELY(!hn::AllFalse(di, hn::Gt(largest, hn::Set(di, 0x7f7fffff))))) {
        x0 = loop.mended(x0);
        x1 = loop.mended(x1);
        x2 = loop.mended(x2);
        x3 = loop.mended(x3);
    }
    const VI p0 = loop.integers(x0);
    const VI p1 = loop.integers(x1);
    const VI p2 = loop.integers(x2);
    const VI p3 = loop.integers(x3);
    storeFour(p0, p1, p2, p3, out);
    return hn::Add(hn::Add(p0, p1), hn::Add(p2, p3));
}

/// At most four vectors, the last perhaps in part; returns lanes of Σ p.
template <class Loop, typename Out>
HWY_INLINE VI quantizeRest(Loop& loop, const float* x, std::size_t count, Out* out)
{
    const DI di;
    VI sum = hn::Zero(di);
    for (std::size_t i = 0; i < count; i += lanes) {
        const std::size_t left = HWY_MIN(lanes, count - i);
        V value = loadSome(D(), x + i, left);
        if (HWY_UNLIKELY(!hn::AllTrue(D(), isFinite(value))))
            value = loop.mended(value);
        const VI p = loop.integers(value);
        storeIntegers(p, out + i, left);
        sum = hn::Add(sum, left == lanes ? p : hn::IfThenElseZero(hn::FirstN(di, left), p));
    }
    return sum;
}

template <QuantizeRounding rounding, bool reciprocal, typename Out>
PackedSum quantizeBy(const float* x, std::size_t count, const QuantizeRule& rule, Out* out)
{
    // int32 holds the sum of 2^16 int16.
    constexpr std::size_t four = 4 * lanes;
    constexpr std::size_t stretch = std::size_t{1} << 14;
    const DI di;
    Loop<rounding, reciprocal> loop(rule);
    PackedSum result;
    for (std::size_t begin = 0; begin < count; begin += stretch) {
        const std::size_t end = HWY_MIN(count, begin + stretch);
        VI sum = hn::Zero(di);
        std::size_t i = begin;
        for (; end - i >= four; i += four)
            sum = hn::Add(sum, quantizeFour(loop, x + i, out + i));
        if (i < end)
            sum = hn::Add(sum, quantizeRest(loop, x + i, end - i, out + i));
        result.sum += hn::GetLane(hn::SumOfLanes(di, sum));
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

} // namespace

extern const Quantizer quantizerTable;
const Quantizer quantizerTable{quantize<std::int8_t>, quantize<std::int16_t>};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

const Quantizer& quantizer(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, quantizerTable)
    return scalarQuantizer();
}

} // namespace quantoscope
#endif
