// SPDX-License-Identifier: GPL-3.0-or-later
// How the passes over errors add up, once per instruction set: include between foreach_target.h and the loops.
#if defined(QUANTOSCOPE_ERRORLANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef QUANTOSCOPE_ERRORLANES_INL_H
#undef QUANTOSCOPE_ERRORLANES_INL_H
#else
#define QUANTOSCOPE_ERRORLANES_INL_H
#endif

#include "core/quant/errorstate.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

constexpr std::size_t virtualLanes = ErrorState::virtualLanes;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t parts = virtualLanes / lanes; // hardware vectors in a virtual one

/// One hardware vector of elements that were quantized. Behind a tail, x and error are 0.
struct Elements
{
    V x, y, error;
    V steps; ///< error in units of the scale
    M below, above;
    M valid; ///< looked at in tails alone
};

/// What a pass adds up.
struct Wanted
{
    bool full = true;
    bool value = true;  ///< Σx² as well
    bool gained = true; ///< false: the gain is 1
};

/// An ErrorState in registers while its lanes are added to. Lives in one function; nothing takes its address.
template <Wanted wanted>
class ErrorLanes
{
public:
    HWY_INLINE ErrorLanes(ErrorState& state, float gain)
        : m_state(state), m_steps(state.steps), m_gain(hn::Set(D(), gain))
    {
        load();
        for (std::size_t p = 0; p < parts; ++p)
            m_maxError[p] = hn::Load(D(), m_state.maxError.data() + p * lanes);
    }

    HWY_INLINE void save()
    {
        store();
        for (std::size_t p = 0; p < parts; ++p)
            hn::Store(m_maxError[p], D(), m_state.maxError.data() + p * lanes);
        m_state.steps = m_steps;
        m_state.counts.clippedBelow += m_below;
        m_state.counts.clippedAbove += m_above;
        m_state.counts.zeroOutput += m_zeroOutput;
        m_state.counts.zeroed += m_zeroed;
    }

    /// Calls step(index of its first element, std::false_type, count) for every whole virtual vector and once with
    /// std::true_type for a tail.
    template <class Step>
    HWY_INLINE void forSteps(std::size_t count, Step step)
    {
        const std::size_t whole = count / virtualLanes;
        for (std::size_t done = 0; done < whole;) {
            const std::size_t end = done + std::min(whole - done, ErrorState::stepsPerFlush - m_steps);
            m_steps += end - done;
            for (; done < end; ++done)
                step(done * virtualLanes, std::false_type(), virtualLanes);
            flushIfFull();
        }
        if (count % virtualLanes == 0)
            return;
        step(whole * virtualLanes, std::true_type(), count % virtualLanes);
        ++m_steps;
        flushIfFull();
    }

    template <bool tail>
    HWY_INLINE void add(const Elements& elements, std::size_t p)
    {
        const D d;
        m_maxError[p] = hn::Max(m_maxError[p], hn::Abs(elements.error));
        const V e = wanted.gained ? hn::Mul(elements.error, m_gain) : elements.error;
        V e2 = hn::Mul(e, e);
        const V xg = wanted.gained ? hn::Mul(elements.x, m_gain) : elements.x;
        if constexpr (wanted.value)
            sum(ErrorState::SquaredValue, p, hn::Mul(xg, xg));

        M below = elements.below;
        M above = elements.above;
        if constexpr (tail) {
            below = hn::And(below, elements.valid);
            above = hn::And(above, elements.valid);
        }
        V steps = elements.steps;
        const M clipped = hn::Or(below, above);
        sum(ErrorState::SquaredClipping, p, hn::IfThenElseZero(clipped, e2));
        e2 = hn::IfThenZeroElse(clipped, e2);
        steps = hn::IfThenZeroElse(clipped, steps);
        m_below += hn::CountTrue(d, below);
        m_above += hn::CountTrue(d, above);
        sum(ErrorState::SquaredRounding, p, e2);
        if constexpr (wanted.full) {
            V yg = wanted.gained ? hn::Mul(elements.y, m_gain) : elements.y;
            if constexpr (tail)
                yg = hn::IfThenElseZero(elements.valid, yg);
            sum(ErrorState::ValueOutput, p, hn::Mul(xg, yg));
            sum(ErrorState::SquaredOutput, p, hn::Mul(yg, yg));
            sum(ErrorState::Error, p, e);
            sum(ErrorState::AbsError, p, hn::Abs(e));
            sum(ErrorState::SquaredSteps, p, hn::Mul(steps, steps));
            M isZero = hn::Eq(elements.y, hn::Zero(d));
            if constexpr (tail)
                isZero = hn::And(isZero, elements.valid);
            m_zeroOutput += hn::CountTrue(d, isZero);
            m_zeroed += hn::CountTrue(d, hn::AndNot(hn::Eq(elements.x, hn::Zero(d)), isZero));
        }
    }

    V gain() const { return m_gain; }

private:
    static constexpr std::size_t sums = wanted.full ? ErrorState::sumCount : ErrorState::ValueOutput;

    HWY_INLINE void sum(ErrorState::Sum s, std::size_t p, V v)
    {
        m_single[s][p] = hn::Add(m_single[s][p], v);
    }
    HWY_INLINE void load()
    {
        for (std::size_t s = 0; s < sums; ++s)
            for (std::size_t p = 0; p < parts; ++p)
                m_single[s][p] = hn::Load(D(), m_state.single[s].data() + p * lanes);
    }
    HWY_INLINE void store()
    {
        for (std::size_t s = 0; s < sums; ++s)
            for (std::size_t p = 0; p < parts; ++p)
                hn::Store(m_single[s][p], D(), m_state.single[s].data() + p * lanes);
    }
    /// ErrorState::flush(), without a call that would empty the registers.
    HWY_INLINE void flushIfFull()
    {
        if (HWY_LIKELY(m_steps < ErrorState::stepsPerFlush))
            return;
        m_steps = 0;
        const hn::CappedTag<double, virtualLanes / 2> dd;
        const hn::Rebind<float, decltype(dd)> half;
        store();
        for (std::size_t s = 0; s < sums; ++s) {
            for (std::size_t i = 0; i < virtualLanes; i += hn::MaxLanes(dd)) {
                const auto part = hn::PromoteTo(dd, hn::Load(half, m_state.single[s].data() + i));
                double* const sum = m_state.sums[s].data() + i;
                hn::Store(hn::Add(hn::Load(dd, sum), part), dd, sum);
            }
            for (std::size_t p = 0; p < parts; ++p)
                m_single[s][p] = hn::Zero(D());
        }
    }

    ErrorState& m_state;
    std::size_t m_steps;
    V m_gain;
    V m_single[sums][parts];
    V m_maxError[parts];
    std::size_t m_below = 0;
    std::size_t m_above = 0;
    std::size_t m_zeroOutput = 0;
    std::size_t m_zeroed = 0;
};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
