// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/errorpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/errorlanes-inl.h"
#include "core/quant/errorpass.h"
#include "core/quant/setvectors-inl.h"
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

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

template <PassRounding R, Wanted wanted>
class Pass
{
public:
    HWY_INLINE Pass(const PassSetup& setup, ErrorState& state)
        : m_codeCounts(setup.codeCounts), m_state(state), m_sums(state, setup.gain)
    {
    }

    HWY_INLINE void run(const PassRun& run, const PassSetup& setup)
    {
        SetArrays arrays;
        const float* values = run.values;
        const float* noise = run.noise ? run.noise : run.values;
        const float* const end = values + run.sets * run.count;
        for (std::size_t done = 0; done < run.sets; done += SetArrays::capacity) {
            const std::size_t sets = std::min(SetArrays::capacity, run.sets - done);
            arrays.take(setup.sets + run.firstSet + done, sets, setup.codes, setup.gain);
            for (std::size_t set = 0; set < sets; ++set, values += run.count, noise += run.count)
                measureSet(values, noise, end, run.count, SetVectors(arrays, set));
        }
        m_state.counts.elements += run.sets * run.count;
    }

    HWY_INLINE void save()
    {
        m_sums.save();
        m_state.counts.saturated += m_saturated;
    }

private:
    HWY_INLINE void measureSet(const float* values, const float* noise, const float* end, std::size_t count,
                               const SetVectors& set)
    {
        m_sums.forSteps(count, [&](std::size_t first, auto tail, std::size_t valid) HWY_ATTR {
            if (!tail || values + first + virtualLanes <= end) {
                step<tail>(values + first, noise + first, set, valid);
                return;
            }
            // A tail at the end is copied: nothing is read behind it.
            HWY_ALIGN float rest[virtualLanes] = {};
            HWY_ALIGN float draws[virtualLanes] = {};
            std::copy(values + first, values + count, rest);
            std::copy(noise + first, noise + count, draws);
            step<tail>(rest, draws, set, valid);
        });
    }

    template <bool tail>
    HWY_INLINE void step(const float* values, const float* noise, const SetVectors& set, std::size_t count)
    {
        const D d;
        if constexpr (!tail) // 4 KiB ahead: the processor's own prefetching ends with the page
            hwy::Prefetch(values + 1024);
        for (std::size_t p = 0; p < parts; ++p) {
            const std::size_t at = p * lanes;
            if (tail && at >= count)
                break;
            const std::size_t valid = tail ? std::min(count - at, lanes) : lanes;
            Elements elements;
            elements.valid = hn::FirstN(d, valid);
            V x = hn::LoadU(d, values + at);
            if constexpr (tail)
                x = hn::IfThenElseZero(elements.valid, x);
            const V draw = R == PassRounding::Stochastic ? hn::LoadU(d, noise + at) : x;
            const V rounded = round(x, draw, set);
            const V n = hn::Min(hn::Max(rounded, set.minN), set.maxN);
            elements.x = x;
            elements.y = hn::Add(hn::Mul(n, set.scale), set.offset);
            elements.error = hn::Sub(elements.y, x);
            if constexpr (tail)
                elements.error = hn::IfThenElseZero(elements.valid, elements.error);
            elements.steps = hn::Mul(hn::Mul(elements.error, m_sums.gain()), set.stepsPerError);
            elements.below = hn::Lt(x, set.lowest);
            elements.above = hn::Gt(x, set.highest);
            m_sums.template add<tail>(elements, p);
            if constexpr (wanted.full) {
                M saturated = hn::Ne(rounded, n);
                if constexpr (tail)
                    saturated = hn::And(saturated, elements.valid);
                if (HWY_UNLIKELY(!hn::AllFalse(d, saturated)))
                    m_saturated += hn::CountTrue(d, saturated);
            }
            if (m_codeCounts)
                countCodes(hn::Sub(n, set.minN), valid);
        }
    }

    /// Unclamped n.
    HWY_INLINE V round(V x, V draw, const SetVectors& set)
    {
        const D d;
        if constexpr (R == PassRounding::Sign)
            return hn::IfThenElseZero(hn::Ge(x, hn::Zero(d)), hn::Set(d, 1.0f));
        const V shifted = hn::Sub(x, set.offset);
        if constexpr (R == PassRounding::HalfEvenReciprocal)
            return roundTo<PassRounding::HalfEven>(timesReciprocal(shifted, set), draw);
        else if constexpr (R == PassRounding::HalfAwayReciprocal)
            return roundTo<PassRounding::HalfAway>(timesReciprocal(shifted, set), draw);
        else if constexpr (R == PassRounding::HalfUpReciprocal)
            return roundTo<PassRounding::HalfUp>(timesReciprocal(shifted, set), draw);
        else
            return roundTo<R>(hn::Div(shifted, set.scale), draw);
    }

    static HWY_INLINE V timesReciprocal(V shifted, const SetVectors& set)
    {
        return hn::Mul(shifted, hn::Div(hn::Set(D(), 1.0f), set.scale)); // the quotient leaves the loop
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

    std::uint64_t* m_codeCounts;
    ErrorState& m_state;
    ErrorLanes<wanted> m_sums;
    std::size_t m_saturated = 0;
};

template <PassRounding R, Wanted wanted>
void passOver(std::span<const PassRun> runs, const PassSetup& setup, ErrorState& state)
{
    Pass<R, wanted> pass(setup, state);
    for (const PassRun& run : runs)
        pass.run(run, setup);
    pass.save();
}

template <PassRounding R>
void passOver(std::span<const PassRun> runs, const PassSetup& setup, ErrorState& state)
{
    if (setup.full)
        passOver<R, Wanted{}>(runs, setup, state);
    else if (R != PassRounding::HalfEven || setup.gain != 1)
        passOver<R, Wanted{.full = false}>(runs, setup, state);
    else if (setup.valueSum)
        passOver<R, Wanted{.full = false, .gained = false}>(runs, setup, state);
    else
        passOver<R, Wanted{.full = false, .value = false, .gained = false}>(runs, setup, state);
}

void errorPass(std::span<const PassRun> runs, const PassSetup& setup, ErrorState& state)
{
    switch (setup.rounding) {
    case PassRounding::HalfEven:
        return passOver<PassRounding::HalfEven>(runs, setup, state);
    case PassRounding::HalfAway:
        return passOver<PassRounding::HalfAway>(runs, setup, state);
    case PassRounding::HalfUp:
        return passOver<PassRounding::HalfUp>(runs, setup, state);
    case PassRounding::Floor:
        return passOver<PassRounding::Floor>(runs, setup, state);
    case PassRounding::Stochastic:
        return passOver<PassRounding::Stochastic>(runs, setup, state);
    case PassRounding::Sign:
        return passOver<PassRounding::Sign>(runs, setup, state);
    case PassRounding::HalfEvenReciprocal:
        return passOver<PassRounding::HalfEvenReciprocal>(runs, setup, state);
    case PassRounding::HalfAwayReciprocal:
        return passOver<PassRounding::HalfAwayReciprocal>(runs, setup, state);
    case PassRounding::HalfUpReciprocal:
        return passOver<PassRounding::HalfUpReciprocal>(runs, setup, state);
    }
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(errorPass);

void ErrorPass::add(std::span<const PassRun> runs)
{
    HWY_DYNAMIC_DISPATCH(errorPass)(runs, m_setup, m_state);
}

} // namespace quantoscope
#endif
