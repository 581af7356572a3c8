// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/errorpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/errorpass.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

constexpr std::size_t virtualLanes = 16;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t parts = virtualLanes / lanes; // hardware vectors in a virtual one
constexpr std::size_t stepsPerFlush = 32;

/// A float32 sum in virtual lanes.
struct LaneSum
{
    V part[parts];
    HWY_INLINE void add(std::size_t p, V v) { part[p] = hn::Add(part[p], v); }
};

/// All sums of a few steps; lives in registers while a run is measured.
struct Lanes
{
    LaneSum squaredRounding, squaredClipping, squaredValue, valueError, error, absError, squaredSteps;
    V maxError[parts];
};

/// The same sums in double, lane by lane.
class DoubleLanes
{
public:
    HWY_INLINE void take(LaneSum& sum)
    {
        HWY_ALIGN float buffer[virtualLanes];
        for (std::size_t p = 0; p < parts; ++p) {
            hn::Store(sum.part[p], D(), buffer + p * lanes);
            sum.part[p] = hn::Zero(D());
        }
        for (std::size_t i = 0; i < virtualLanes; ++i)
            m_lane[i] += static_cast<double>(buffer[i]);
    }
    double total() const
    {
        double sum = 0;
        for (const double lane : m_lane)
            sum += lane;
        return sum;
    }

private:
    double m_lane[virtualLanes] = {};
};

/// One set's parameters, broadcast; n = q - zeroPoint.
struct SetVectors
{
    SetVectors(const SetParams& set, CodeRange codes, float gain)
    {
        const D d;
        const auto first = static_cast<float>(codes.min - set.zeroPoint);
        const auto last = static_cast<float>(codes.max - set.zeroPoint);
        // As clipLimits() has them; a call from here would cost more than the sums of a short run.
        const float firstLevel = set.scale * first + set.offset;
        const float lastLevel = set.scale * last + set.offset;
        const float margin = std::abs(lastLevel - firstLevel) * 0x1p-22f
                             + std::max(std::abs(firstLevel), std::abs(lastLevel)) * 0x1p-23f;
        const float perError = 1 / (std::abs(set.scale) * gain);
        const bool usable = perError <= std::numeric_limits<float>::max(); // scale may be 0 or denormal
        scale = hn::Set(d, set.scale);
        offset = hn::Set(d, set.offset);
        minN = hn::Set(d, first);
        maxN = hn::Set(d, last);
        lowest = hn::Set(d, std::min(firstLevel, lastLevel) - margin);
        highest = hn::Set(d, std::max(firstLevel, lastLevel) + margin);
        stepsPerError = hn::Set(d, usable ? perError : 0.0f);
    }
    V scale, offset, minN, maxN, lowest, highest, stepsPerError;
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
    Pass(CodeRange codes, float gain, std::uint64_t* codeCounts)
        : m_codes(codes), m_gain(gain), m_codeCounts(codeCounts)
    {
        const V zero = hn::Zero(D());
        for (std::size_t p = 0; p < parts; ++p) {
            for (LaneSum* sum :
                 {&m_lanes.squaredRounding, &m_lanes.squaredClipping, &m_lanes.squaredValue,
                  &m_lanes.valueError, &m_lanes.error, &m_lanes.absError, &m_lanes.squaredSteps})
                sum->part[p] = zero;
            m_lanes.maxError[p] = zero;
        }
    }

    void run(const PassRun& run)
    {
        const SetVectors set(*run.set, m_codes, m_gain);
        const std::size_t whole = run.count / virtualLanes;
        for (std::size_t done = 0; done < whole;) {
            const std::size_t steps = std::min(whole - done, stepsPerFlush - m_steps);
            Lanes sums = m_lanes;
            for (std::size_t i = done; i < done + steps; ++i)
                step<false>(run.values + i * virtualLanes,
                            run.noise ? run.noise + i * virtualLanes : run.values, set, virtualLanes, sums);
            m_lanes = sums;
            done += steps;
            finishSteps(steps);
        }
        const std::size_t rest = run.count % virtualLanes;
        if (rest == 0)
            return;
        // The tail is copied: nothing is read behind the end.
        HWY_ALIGN float values[virtualLanes] = {};
        HWY_ALIGN float noise[virtualLanes] = {};
        std::copy(run.values + run.count - rest, run.values + run.count, values);
        if (run.noise)
            std::copy(run.noise + run.count - rest, run.noise + run.count, noise);
        step<true>(values, noise, set, rest, m_lanes);
        finishSteps(1);
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
        V largest = m_lanes.maxError[0];
        for (std::size_t p = 1; p < parts; ++p)
            largest = hn::Max(largest, m_lanes.maxError[p]);
        mine.maxError = static_cast<double>(hn::GetLane(hn::MaxOfLanes(D(), largest)));
        sums.add(mine);
    }

private:
    template <bool tail>
    HWY_INLINE void step(const float* values, const float* noise, const SetVectors& set, std::size_t count,
                         Lanes& sums)
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
                const V t = hn::Div(hn::Sub(x, set.offset), set.scale);
                V draw = x;
                if constexpr (R == PassRounding::Stochastic)
                    draw = hn::LoadU(d, noise + at);
                rounded = roundTo<R>(t, draw);
            }
            const V n = hn::Min(hn::Max(rounded, set.minN), set.maxN);
            const V y = hn::Add(hn::Mul(n, set.scale), set.offset);
            V error = hn::Sub(y, x);
            if constexpr (tail)
                error = hn::IfThenElseZero(valid, error);
            sums.maxError[p] = hn::Max(sums.maxError[p], hn::Abs(error));
            const V e = hn::Mul(error, gain);
            V e2 = hn::Mul(e, e);
            const V xg = hn::Mul(x, gain); // 0 behind the tail
            sums.squaredValue.add(p, hn::Mul(xg, xg));

            M below = hn::Lt(x, set.lowest);
            M above = hn::Gt(x, set.highest);
            if constexpr (tail) {
                below = hn::And(below, valid);
                above = hn::And(above, valid);
            }
            V steps = hn::Mul(e, set.stepsPerError);
            const M clipped = hn::Or(below, above);
            if (HWY_UNLIKELY(!hn::AllFalse(d, clipped))) {
                sums.squaredClipping.add(p, hn::IfThenElseZero(clipped, e2));
                e2 = hn::IfThenZeroElse(clipped, e2);
                steps = hn::IfThenZeroElse(clipped, steps);
                m_counts.clippedBelow += hn::CountTrue(d, below);
                m_counts.clippedAbove += hn::CountTrue(d, above);
            }
            sums.squaredRounding.add(p, e2);
            if constexpr (full) {
                sums.valueError.add(p, hn::Mul(xg, e));
                sums.error.add(p, e);
                sums.absError.add(p, hn::Abs(e));
                sums.squaredSteps.add(p, hn::Mul(steps, steps));
                M isZero = hn::Eq(y, hn::Zero(d));
                M saturated = hn::Ne(rounded, n);
                if constexpr (tail) {
                    isZero = hn::And(isZero, valid);
                    saturated = hn::And(saturated, valid);
                }
                if (HWY_UNLIKELY(!hn::AllFalse(d, saturated)))
                    m_counts.saturated += hn::CountTrue(d, saturated);
                m_counts.zeroOutput += hn::CountTrue(d, isZero);
                m_counts.zeroed += hn::CountTrue(d, hn::AndNot(hn::Eq(x, hn::Zero(d)), isZero));
            }
            if (m_codeCounts)
                countCodes(hn::Sub(n, set.minN), tail ? std::min(count - at, lanes) : lanes);
        }
        m_counts.elements += count;
    }

    HWY_INLINE void countCodes(V index, std::size_t count)
    {
        // Whole numbers below 2^16: their bits stand at the end of the mantissa of index + 2^23.
        HWY_ALIGN std::int32_t buffer[virtualLanes];
        const hn::RebindToSigned<D> di;
        const auto bits = hn::BitCast(di, hn::Add(index, hn::Set(D(), 0x1p23f)));
        hn::Store(hn::And(bits, hn::Set(di, 0x7fffff)), di, buffer);
        for (std::size_t i = 0; i < count; ++i)
            ++m_codeCounts[buffer[i]];
    }

    HWY_INLINE void finishSteps(std::size_t steps)
    {
        m_steps += steps;
        if (m_steps == stepsPerFlush)
            flush();
    }

    void flush()
    {
        m_steps = 0;
        m_squaredRounding.take(m_lanes.squaredRounding);
        m_squaredClipping.take(m_lanes.squaredClipping);
        m_squaredValue.take(m_lanes.squaredValue);
        if constexpr (full) {
            m_valueError.take(m_lanes.valueError);
            m_error.take(m_lanes.error);
            m_absError.take(m_lanes.absError);
            m_squaredSteps.take(m_lanes.squaredSteps);
        }
    }

    CodeRange m_codes;
    float m_gain;
    std::uint64_t* m_codeCounts;
    std::size_t m_steps = 0; ///< since the last flush
    Lanes m_lanes;
    DoubleLanes m_squaredRounding, m_squaredClipping, m_squaredValue, m_valueError, m_error, m_absError,
        m_squaredSteps;
    ErrorSums m_counts;
};

template <PassRounding R, bool full>
void passOver(std::span<const PassRun> runs, CodeRange codes, float gain, ErrorSums& sums,
              std::uint64_t* codeCounts)
{
    Pass<R, full> pass(codes, gain, codeCounts);
    for (const PassRun& run : runs)
        pass.run(run);
    pass.finish(sums);
}

template <PassRounding R>
void passOver(std::span<const PassRun> runs, CodeRange codes, bool full, float gain, ErrorSums& sums,
              std::uint64_t* codeCounts)
{
    if (full)
        passOver<R, true>(runs, codes, gain, sums, codeCounts);
    else
        passOver<R, false>(runs, codes, gain, sums, codeCounts);
}

void errorPass(std::span<const PassRun> runs, CodeRange codes, PassRounding rounding, bool full, float gain,
               ErrorSums& sums, std::uint64_t* codeCounts)
{
    switch (rounding) {
    case PassRounding::HalfEven:
        return passOver<PassRounding::HalfEven>(runs, codes, full, gain, sums, codeCounts);
    case PassRounding::HalfAway:
        return passOver<PassRounding::HalfAway>(runs, codes, full, gain, sums, codeCounts);
    case PassRounding::HalfUp:
        return passOver<PassRounding::HalfUp>(runs, codes, full, gain, sums, codeCounts);
    case PassRounding::Floor:
        return passOver<PassRounding::Floor>(runs, codes, full, gain, sums, codeCounts);
    case PassRounding::Stochastic:
        return passOver<PassRounding::Stochastic>(runs, codes, full, gain, sums, codeCounts);
    case PassRounding::Sign:
        return passOver<PassRounding::Sign>(runs, codes, full, gain, sums, codeCounts);
    }
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(errorPass);

void runErrorPass(std::span<const PassRun> runs, CodeRange codes, PassRounding rounding, bool full,
                  float gain, ErrorSums& sums, std::uint64_t* codeCounts)
{
    HWY_DYNAMIC_DISPATCH(errorPass)(runs, codes, rounding, full, gain, sums, codeCounts);
}

} // namespace quantoscope
#endif
