// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/finiterange.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#define HWY_TARGET_INCLUDE "core/kernels/input/finiterange.cpp"
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

/// Bits of magnitudes: as integers they compare as the values do, NaN above infinity.
HWY_INLINE VI magnitudeBits(V x) { return hn::BitCast(DI(), hn::Abs(x)); }

/// Smallest and largest of what was seen.
class Ends
{
public:
    // An implicit constructor would be compiled for no instruction set.
    HWY_INLINE Ends() : m_lo(hn::Set(D(), largestFloat)), m_hi(hn::Set(D(), -largestFloat)) {}

    HWY_INLINE void takeSome(V x, std::size_t count)
    {
        const D d;
        const auto usable = hn::And(hn::Le(hn::Abs(x), hn::Set(d, largestFloat)), hn::FirstN(d, count));
        m_nonFinite += count - hn::CountTrue(d, usable);
        m_lo = hn::Min(m_lo, hn::IfThenElse(usable, x, hn::Set(d, largestFloat)));
        m_hi = hn::Max(m_hi, hn::IfThenElse(usable, x, hn::Set(d, -largestFloat)));
    }

    HWY_INLINE void takeFour(const float* x)
    {
        const D d;
        const DI di;
        const V a = hn::LoadU(d, x);
        const V b = hn::LoadU(d, x + lanes);
        const V c = hn::LoadU(d, x + 2 * lanes);
        const V e = hn::LoadU(d, x + 3 * lanes);
        const VI largest =
            hn::Max(hn::Max(magnitudeBits(a), magnitudeBits(b)), hn::Max(magnitudeBits(c), magnitudeBits(e)));
        if (HWY_UNLIKELY(!hn::AllFalse(di, hn::Gt(largest, hn::Set(di, 0x7f7fffff))))) {
            takeSome(a, lanes);
            takeSome(b, lanes);
            takeSome(c, lanes);
            takeSome(e, lanes);
            return;
        }
        m_lo = hn::Min(m_lo, hn::Min(hn::Min(a, b), hn::Min(c, e)));
        m_hi = hn::Max(m_hi, hn::Max(hn::Max(a, b), hn::Max(c, e)));
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

FiniteRange find(const float* x, std::size_t count)
{
    Ends ends;
    std::size_t i = 0;
    for (; count - i >= 4 * lanes; i += 4 * lanes)
        ends.takeFour(x + i);
    for (; i < count; i += lanes) {
        const std::size_t left = HWY_MIN(lanes, count - i);
        ends.takeSome(loadSome(D(), x + i, left), left);
    }
    return ends.result(count);
}

} // namespace

extern const FindRange findRange;
const FindRange findRange = find;

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

namespace {

FiniteRange findSingly(const float* x, std::size_t count)
{
    FiniteRange result;
    for (std::size_t i = 0; i < count; ++i) {
        const float value = x[i] + 0.0f;
        result.merge(std::isfinite(value) ? FiniteRange{value, value, 1, 0} : FiniteRange{0, 0, 0, 1});
    }
    return result;
}

} // namespace

void FiniteRange::merge(const FiniteRange& other)
{
    if (other.finite > 0) {
        lo = finite == 0 ? other.lo : std::min(lo, other.lo);
        hi = finite == 0 ? other.hi : std::max(hi, other.hi);
    }
    finite += other.finite;
    nonFinite += other.nonFinite;
}

FindRange rangeFinder(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, findRange)
    return findSingly;
}

} // namespace quantoscope
#endif
