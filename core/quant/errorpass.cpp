// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/errorpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/errorlanes-inl.h"
#include "core/quant/errorpass.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

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
        : m_codes(codes), m_gain(gain), m_codeCounts(codeCounts), m_sums(gain)
    {
    }

    void run(const PassRun& run)
    {
        const SetVectors set(*run.set, m_codes, m_gain);
        m_sums.forSteps(run.count,
                        [&](std::size_t first, auto tail, std::size_t count, Lanes& sums) HWY_ATTR {
                            const float* const noise = run.noise ? run.noise : run.values;
                            if constexpr (!tail) {
                                step<false>(run.values + first, noise + first, set, count, sums);
                            } else {
                                // The tail is copied: nothing is read behind the end.
                                HWY_ALIGN float values[virtualLanes] = {};
                                HWY_ALIGN float draws[virtualLanes] = {};
                                std::copy(run.values + first, run.values + run.count, values);
                                std::copy(noise + first, noise + run.count, draws);
                                step<true>(values, draws, set, count, sums);
                            }
                        });
    }

    void finish(ErrorSums& sums) { m_sums.finish(sums); }

private:
    template <bool tail>
    HWY_INLINE void step(const float* values, const float* noise, const SetVectors& set, std::size_t count,
                         Lanes& sums)
    {
        const D d;
        for (std::size_t p = 0; p < parts; ++p) {
            const std::size_t at = p * lanes;
            if (tail && at >= count)
                break;
            const std::size_t valid = tail ? std::min(count - at, lanes) : lanes;
            Elements elements;
            elements.valid = hn::FirstN(d, valid);
            const V x = elements.x = hn::LoadU(d, values + at);
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
            elements.y = hn::Add(hn::Mul(n, set.scale), set.offset);
            elements.error = hn::Sub(elements.y, x);
            if constexpr (tail)
                elements.error = hn::IfThenElseZero(elements.valid, elements.error);
            elements.steps = hn::Mul(hn::Mul(elements.error, hn::Set(d, m_gain)), set.stepsPerError);
            elements.below = hn::Lt(x, set.lowest);
            elements.above = hn::Gt(x, set.highest);
            m_sums.template add<tail>(elements, p, sums);
            if constexpr (full) {
                M saturated = hn::Ne(rounded, n);
                if constexpr (tail)
                    saturated = hn::And(saturated, elements.valid);
                if (HWY_UNLIKELY(!hn::AllFalse(d, saturated)))
                    m_sums.addSaturated(hn::CountTrue(d, saturated));
            }
            if (m_codeCounts)
                countCodes(hn::Sub(n, set.minN), valid);
        }
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

    CodeRange m_codes;
    float m_gain;
    std::uint64_t* m_codeCounts;
    ErrorLanes<full> m_sums;
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
