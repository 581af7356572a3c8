// SPDX-License-Identifier: GPL-3.0-or-later
// How the passes over errors add up, once per instruction set: include between foreach_target.h and the loops.
#if defined(QUANTOSCOPE_ERRORLANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef QUANTOSCOPE_ERRORLANES_INL_H
#undef QUANTOSCOPE_ERRORLANES_INL_H
#else
#define QUANTOSCOPE_ERRORLANES_INL_H
#endif

#include "core/metrics/errorsums.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

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

/// One hardware vector of elements that were quantized. Behind a tail, x and error are 0.
struct Elements
{
    V x, y, error;
    V steps; ///< error in units of the scale
    M below, above;
    M valid; ///< looked at in tails alone
};

template <bool full>
class ErrorLanes
{
public:
    explicit ErrorLanes(float gain) : m_gain(gain)
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

    /// Calls step(index of its first element, std::false_type, count, sums) for every whole virtual vector and once with
    /// std::true_type for a tail.
    template <class Step>
    HWY_INLINE void forSteps(std::size_t count, Step step)
    {
        const std::size_t whole = count / virtualLanes;
        for (std::size_t done = 0; done < whole;) {
            const std::size_t steps = std::min(whole - done, stepsPerFlush - m_steps);
            Lanes sums = m_lanes;
            for (std::size_t i = done; i < done + steps; ++i)
                step(i * virtualLanes, std::false_type(), virtualLanes, sums);
            m_lanes = sums;
            done += steps;
            finishSteps(steps);
        }
        m_counts.elements += count;
        if (count % virtualLanes == 0)
            return;
        step(whole * virtualLanes, std::true_type(), count % virtualLanes, m_lanes);
        finishSteps(1);
    }

    template <bool tail>
    HWY_INLINE void add(const Elements& elements, std::size_t p, Lanes& sums)
    {
        const D d;
        const V gain = hn::Set(d, m_gain);
        sums.maxError[p] = hn::Max(sums.maxError[p], hn::Abs(elements.error));
        const V e = hn::Mul(elements.error, gain);
        V e2 = hn::Mul(e, e);
        const V xg = hn::Mul(elements.x, gain);
        sums.squaredValue.add(p, hn::Mul(xg, xg));

        M below = elements.below;
        M above = elements.above;
        if constexpr (tail) {
            below = hn::And(below, elements.valid);
            above = hn::And(above, elements.valid);
        }
        V steps = elements.steps;
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
            M isZero = hn::Eq(elements.y, hn::Zero(d));
            if constexpr (tail)
                isZero = hn::And(isZero, elements.valid);
            m_counts.zeroOutput += hn::CountTrue(d, isZero);
            m_counts.zeroed += hn::CountTrue(d, hn::AndNot(hn::Eq(elements.x, hn::Zero(d)), isZero));
        }
    }

    void addSaturated(std::size_t count) { m_counts.saturated += count; }

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

    float m_gain;
    std::size_t m_steps = 0; ///< since the last flush
    Lanes m_lanes;
    DoubleLanes m_squaredRounding, m_squaredClipping, m_squaredValue, m_valueError, m_error, m_absError,
        m_squaredSteps;
    ErrorSums m_counts;
};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
