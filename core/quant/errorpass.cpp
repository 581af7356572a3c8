// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/errorpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/errorpass.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

constexpr std::size_t virtualLanes = 16;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t parts = virtualLanes / lanes; // hardware vectors in a virtual one
constexpr int stepsPerFlush = 32;

/// One sum: float32 in lanes for a while, then double in the same lanes.
class LaneSum
{
public:
    HWY_INLINE void clear()
    {
        for (std::size_t p = 0; p < parts; ++p)
            m_float[p] = hn::Zero(D());
    }
    HWY_INLINE void add(std::size_t part, V v) { m_float[part] = hn::Add(m_float[part], v); }
    HWY_INLINE void flush()
    {
        HWY_ALIGN float buffer[virtualLanes];
        for (std::size_t p = 0; p < parts; ++p)
            hn::Store(m_float[p], D(), buffer + p * lanes);
        for (std::size_t i = 0; i < virtualLanes; ++i)
            m_double[i] += static_cast<double>(buffer[i]);
        clear();
    }
    double total() const
    {
        double sum = 0;
        for (const double lane : m_double)
            sum += lane;
        return sum;
    }

private:
    V m_float[parts];
    double m_double[virtualLanes] = {};
};

/// t rounded to an integer; `noise` is used by stochastic rounding alone.
template <PassRounding R>
HWY_INLINE V roundTo(V t, V noise)
{
    const D d;
    if constexpr (R == PassRounding::HalfEven)
        return hn::Round(t);
    if constexpr (R == PassRounding::Floor)
        return hn::Floor(t);
    const V one = hn::Set(d, 1.0f);
    if constexpr (R == PassRounding::HalfAway) {
        const V toZero = hn::Trunc(t);
        const M away = hn::Ge(hn::Abs(hn::Sub(t, toZero)), hn::Set(d, 0.5f));
        return hn::Add(toZero, hn::IfThenElseZero(away, hn::CopySign(one, t)));
    }
    const V down = hn::Floor(t);
    const V fraction = hn::Sub(t, down);
    if constexpr (R == PassRounding::HalfUp)
        return hn::Add(down, hn::IfThenElseZero(hn::Ge(fraction, hn::Set(d, 0.5f)), one));
    return hn::Add(down, hn::IfThenElseZero(hn::Gt(fraction, noise), one)); // Stochastic
}

template <PassRounding R, bool full>
class Pass
{
public:
    Pass(float gain, std::uint64_t* codeCounts) : m_gain(gain), m_codeCounts(codeCounts)
    {
        for (LaneSum* sum : {&m_squaredRounding, &m_squaredClipping, &m_squaredValue, &m_valueError,
                             &m_error, &m_absError, &m_squaredSteps})
            sum->clear();
        for (std::size_t p = 0; p < parts; ++p)
            m_maxError[p] = hn::Zero(D());
    }

    void run(const PassRun& run)
    {
        std::size_t i = 0;
        for (; i + virtualLanes <= run.count; i += virtualLanes)
            step<false>(run.values + i, run.noise ? run.noise + i : run.values, run.set, virtualLanes);
        if (i == run.count)
            return;
        // The tail is copied: nothing is read behind the end.
        HWY_ALIGN float values[virtualLanes] = {};
        HWY_ALIGN float noise[virtualLanes] = {};
        std::copy(run.values + i, run.values + run.count, values);
        if (run.noise)
            std::copy(run.noise + i, run.noise + run.count, noise);
        step<true>(values, noise, run.set, run.count - i);
    }

    void finish(ErrorSums& sums)
    {
        flush();
        const double unit = 1.0 / static_cast<double>(m_gain);
        const double square = unit * unit;
        ErrorSums mine = m_counts;
        mine.squaredRounding = m_squaredRounding.total() * square;
        mine.squaredClipping = m_squaredClipping.total() * square;
        mine.squaredValue = m_squaredValue.total() * square;
        mine.valueError = m_valueError.total() * square;
        mine.error = m_error.total() * unit;
        mine.absError = m_absError.total() * unit;
        mine.squaredSteps = m_squaredSteps.total();
        V largest = m_maxError[0];
        for (std::size_t p = 1; p < parts; ++p)
            largest = hn::Max(largest, m_maxError[p]);
        mine.maxError = static_cast<double>(hn::GetLane(hn::MaxOfLanes(D(), largest)));
        sums.add(mine);
    }

private:
    template <bool tail>
    HWY_INLINE void step(const float* values, const float* noise, const PassSet& set, std::size_t count)
    {
        const D d;
        const V gain = hn::Set(d, m_gain);
        for (std::size_t p = 0; p < parts; ++p) {
            const std::size_t at = p * lanes;
            if (tail && at >= count)
                break;
            const M valid = hn::FirstN(d, tail ? std::min(count - at, lanes) : lanes);
            const V x = hn::LoadU(d, values + at);
            V rounded;
            if constexpr (R == PassRounding::Sign) {
                rounded = hn::IfThenElseZero(hn::Ge(x, hn::Zero(d)), hn::Set(d, 1.0f));
            } else {
                const V t = hn::Div(hn::Sub(x, hn::Set(d, set.offset)), hn::Set(d, set.scale));
                V draw = x;
                if constexpr (R == PassRounding::Stochastic)
                    draw = hn::LoadU(d, noise + at);
                rounded = roundTo<R>(t, draw);
            }
            const V n = hn::Min(hn::Max(rounded, hn::Set(d, set.minN)), hn::Set(d, set.maxN));
            const V y = hn::Add(hn::Mul(n, hn::Set(d, set.scale)), hn::Set(d, set.offset));
            V error = hn::Sub(y, x);
            if constexpr (tail)
                error = hn::IfThenElseZero(valid, error);
            m_maxError[p] = hn::Max(m_maxError[p], hn::Abs(error));
            const V e = hn::Mul(error, gain);
            V e2 = hn::Mul(e, e);
            const V xg = hn::Mul(x, gain); // 0 behind the tail
            m_squaredValue.add(p, hn::Mul(xg, xg));

            M below = hn::Lt(x, hn::Set(d, set.lowest));
            M above = hn::Gt(x, hn::Set(d, set.highest));
            if constexpr (tail) {
                below = hn::And(below, valid);
                above = hn::And(above, valid);
            }
            const M clipped = hn::Or(below, above);
            const bool anyClipped = !hn::AllFalse(d, clipped);
            if (HWY_UNLIKELY(anyClipped)) {
                m_squaredClipping.add(p, hn::IfThenElseZero(clipped, e2));
                e2 = hn::IfThenZeroElse(clipped, e2);
                m_counts.clippedBelow += hn::CountTrue(d, below);
                m_counts.clippedAbove += hn::CountTrue(d, above);
            }
            m_squaredRounding.add(p, e2);
            if constexpr (full) {
                m_valueError.add(p, hn::Mul(xg, e));
                m_error.add(p, e);
                m_absError.add(p, hn::Abs(e));
                V steps = hn::Mul(e, hn::Set(d, set.stepsPerError));
                if (HWY_UNLIKELY(anyClipped))
                    steps = hn::IfThenZeroElse(clipped, steps);
                m_squaredSteps.add(p, hn::Mul(steps, steps));
                M isZero = hn::Eq(y, hn::Zero(d));
                M saturated = hn::Ne(rounded, n);
                if constexpr (tail) {
                    isZero = hn::And(isZero, valid);
                    saturated = hn::And(saturated, valid);
                }
                m_counts.saturated += hn::CountTrue(d, saturated);
                if (!hn::AllFalse(d, isZero)) {
                    m_counts.zeroOutput += hn::CountTrue(d, isZero);
                    m_counts.zeroed += hn::CountTrue(d, hn::AndNot(hn::Eq(x, hn::Zero(d)), isZero));
                }
            }
            if (m_codeCounts)
                countCodes(hn::Sub(n, hn::Set(d, set.minN)), tail ? std::min(count - at, lanes) : lanes);
        }
        m_counts.elements += count;
        if (++m_steps == stepsPerFlush)
            flush();
    }

    HWY_INLINE void countCodes(V index, std::size_t count)
    {
        HWY_ALIGN std::int32_t buffer[virtualLanes];
        const hn::RebindToSigned<D> di;
        hn::Store(hn::ConvertTo(di, index), di, buffer);
        for (std::size_t i = 0; i < count; ++i)
            ++m_codeCounts[buffer[i]];
    }

    void flush()
    {
        m_steps = 0;
        m_squaredRounding.flush();
        m_squaredClipping.flush();
        m_squaredValue.flush();
        if constexpr (full) {
            m_valueError.flush();
            m_error.flush();
            m_absError.flush();
            m_squaredSteps.flush();
        }
    }

    float m_gain;
    std::uint64_t* m_codeCounts;
    int m_steps = 0;
    LaneSum m_squaredRounding, m_squaredClipping, m_squaredValue, m_valueError, m_error, m_absError,
        m_squaredSteps;
    V m_maxError[parts];
    ErrorSums m_counts;
};

template <PassRounding R, bool full>
void passOver(std::span<const PassRun> runs, float gain, ErrorSums& sums, std::uint64_t* codeCounts)
{
    Pass<R, full> pass(gain, codeCounts);
    for (const PassRun& run : runs)
        pass.run(run);
    pass.finish(sums);
}

template <PassRounding R>
void passOver(std::span<const PassRun> runs, bool full, float gain, ErrorSums& sums,
              std::uint64_t* codeCounts)
{
    if (full)
        passOver<R, true>(runs, gain, sums, codeCounts);
    else
        passOver<R, false>(runs, gain, sums, codeCounts);
}

void errorPass(std::span<const PassRun> runs, PassRounding rounding, bool full, float gain,
               ErrorSums& sums, std::uint64_t* codeCounts)
{
    switch (rounding) {
    case PassRounding::HalfEven:
        return passOver<PassRounding::HalfEven>(runs, full, gain, sums, codeCounts);
    case PassRounding::HalfAway:
        return passOver<PassRounding::HalfAway>(runs, full, gain, sums, codeCounts);
    case PassRounding::HalfUp:
        return passOver<PassRounding::HalfUp>(runs, full, gain, sums, codeCounts);
    case PassRounding::Floor:
        return passOver<PassRounding::Floor>(runs, full, gain, sums, codeCounts);
    case PassRounding::Stochastic:
        return passOver<PassRounding::Stochastic>(runs, full, gain, sums, codeCounts);
    case PassRounding::Sign:
        return passOver<PassRounding::Sign>(runs, full, gain, sums, codeCounts);
    }
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(errorPass);

void runErrorPass(std::span<const PassRun> runs, PassRounding rounding, bool full, float gain,
                  ErrorSums& sums, std::uint64_t* codeCounts)
{
    HWY_DYNAMIC_DISPATCH(errorPass)(runs, rounding, full, gain, sums, codeCounts);
}

} // namespace quantoscope
#endif
