// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/codes/codeloops.h"

#include "core/kernels/codes/codeloopsscalar.h"

#define HWY_TARGET_INCLUDE "core/kernels/codes/codeloops.cpp"
#include "core/kernels/foreachtarget-inl.h"
#include "core/kernels/output/somelanes-inl.h"
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {
namespace {

using D = hn::ScalableTag<float>;
using DI = hn::RebindToSigned<D>;
using D8 = hn::Rebind<std::int8_t, D>;
using V = hn::Vec<D>;

constexpr std::size_t lanes = hn::MaxLanes(D());

template <bool isCodes>
class Terms
{
public:
    HWY_INLINE explicit Terms(const Addend& addend)
        : m_codes(addend.codes), m_reals(addend.reals), m_multiplier(hn::Set(D(), addend.multiplier)),
          m_zero(hn::Set(DI(), addend.zero))
    {
    }

    HWY_INLINE V all(std::size_t at) const
    {
        if constexpr (isCodes)
            return real(hn::LoadU(D8(), m_codes + at));
        else
            return hn::Mul(m_multiplier, hn::LoadU(D(), m_reals + at));
    }
    /// 0 behind the first `count`, of which there may be none.
    HWY_INLINE V some(std::size_t at, std::size_t count) const
    {
        if (count == 0)
            return hn::Zero(D());
        if constexpr (isCodes)
            return hn::IfThenElseZero(hn::FirstN(D(), count), real(loadSome(D8(), m_codes + at, count)));
        else
            return hn::Mul(m_multiplier, loadSome(D(), m_reals + at, count));
    }

private:
    HWY_INLINE V real(hn::Vec<D8> p) const
    {
        return hn::Mul(m_multiplier, hn::ConvertTo(D(), hn::Sub(hn::PromoteTo(DI(), p), m_zero)));
    }

    const std::int8_t* m_codes;
    const float* m_reals;
    V m_multiplier;
    hn::Vec<DI> m_zero;
};

class Ending
{
public:
    HWY_INLINE explicit Ending(const SumRule& rule)
        : m_low(hn::Set(D(), static_cast<float>(rule.low - rule.zeroPoint))),
          m_high(hn::Set(D(), static_cast<float>(rule.high - rule.zeroPoint))),
          m_zeroPoint(hn::Set(DI(), rule.zeroPoint))
    {
    }
    HWY_INLINE hn::Vec<D8> codes(V t) const
    {
        const V real = hn::IfThenZeroElse(hn::IsNaN(t), t);
        const V inside = hn::Min(hn::Max(real, m_low), m_high);
        return hn::DemoteTo(D8(), hn::Add(hn::NearestInt(inside), m_zeroPoint));
    }

private:
    V m_low, m_high;
    hn::Vec<DI> m_zeroPoint;
};

template <bool wideCodes, bool narrowCodes>
void sumRows(const SumRows& rows, const SumRule& rule, std::int8_t* out)
{
    const Terms<wideCodes> wide(rows.wide);
    const Terms<narrowCodes> narrow(rows.narrow);
    const Ending ending(rule);
    for (std::size_t row = 0; row < rows.rows; ++row) {
        const std::size_t first = row * rows.width;
        const std::size_t narrowFirst = row * rows.narrowWidth;
        std::size_t i = 0;
        for (; i + lanes <= rows.narrowWidth; i += lanes)
            hn::StoreU(ending.codes(hn::Add(wide.all(first + i), narrow.all(narrowFirst + i))), D8(),
                       out + first + i);
        for (; i < rows.width; i += lanes) {
            const std::size_t left = HWY_MIN(lanes, rows.width - i);
            const std::size_t narrowLeft = i < rows.narrowWidth ? HWY_MIN(lanes, rows.narrowWidth - i) : 0;
            const V t = hn::Add(wide.some(first + i, left), narrow.some(narrowFirst + i, narrowLeft));
            storeSome(ending.codes(t), D8(), out + first + i, left);
        }
    }
}

void sum(const SumRows& rows, const SumRule& rule, std::int8_t* out)
{
    if (rows.wide.codes != nullptr)
        return rows.narrow.codes != nullptr ? sumRows<true, true>(rows, rule, out)
                                            : sumRows<true, false>(rows, rule, out);
    return rows.narrow.codes != nullptr ? sumRows<false, true>(rows, rule, out)
                                        : sumRows<false, false>(rows, rule, out);
}

void largest(const PoolRun& run, std::int8_t* out)
{
    const hn::ScalableTag<std::int8_t> d;
    constexpr std::size_t all = hn::MaxLanes(d);
    for (std::size_t pixel = 0; pixel < run.pixels; ++pixel) {
        for (std::size_t c = 0; c < run.channels; c += all) {
            const std::size_t at = pixel * run.step + c;
            const std::size_t left = HWY_MIN(all, run.channels - c);
            auto most = loadSome(d, run.taps[0] + at, left);
            for (std::size_t tap = 1; tap < run.taps.size(); ++tap)
                most = hn::Max(most, loadSome(d, run.taps[tap] + at, left));
            storeSome(most, d, out + pixel * run.channels + c, left);
        }
    }
}

} // namespace

extern const CodeLoops codeLoopsTable;
const CodeLoops codeLoopsTable{sum, largest};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include "core/kernels/byisa-inl.h"

namespace quantoscope {

const CodeLoops& codeLoops(Isa isa)
{
    QUANTOSCOPE_RETURN_BY_ISA(isa, codeLoopsTable)
    return scalarCodeLoops();
}

} // namespace quantoscope
#endif
