// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/errorpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/errorlanes-inl.h"
#include "core/quant/errorpass.h"
#include "core/quant/setvectors-inl.h"
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
        for (std::size_t set = 0; set < run.sets; ++set) {
            if (set % SetArrays::capacity == 0)
                arrays.take(setup.sets + run.firstSet + set, std::min(SetArrays::capacity, run.sets - set),
                            setup.codes, setup.gain);
            const SetVectors params(arrays, set % SetArrays::capacity);
            const float* const values = run.values + set * run.count;
            const float* const noise = run.noise ? run.noise + set * run.count : values;
            const std::size_t readable = (run.sets - set) * run.count;
            m_sums.forSteps(run.count, [&](std::size_t first, auto tail, std::size_t count) HWY_ATTR {
                if (!tail || first + virtualLanes <= readable) {
                    step<tail>(values + first, noise + first, params, count);
                    return;
                }
                // A tail at the end is copied: nothing is read behind it.
                HWY_ALIGN float rest[virtualLanes] = {};
                HWY_ALIGN float draws[virtualLanes] = {};
                std::copy(values + first, values + run.count, rest);
                std::copy(noise + first, noise + run.count, draws);
                step<tail>(rest, draws, params, count);
            });
        }
        m_state.counts.elements += run.sets * run.count;
    }

    HWY_INLINE void save()
    {
        m_sums.save();
        m_state.counts.saturated += m_saturated;
    }

private:
    template <bool tail>
    HWY_INLINE void step(const float* values, const float* noise, const SetVectors& set, std::size_t count)
    {
        const D d;
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
        return roundTo<R>(hn::Div(hn::Sub(x, set.offset), set.scale), draw);
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
