// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/givenpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/errorlanes-inl.h"
#include "core/quant/errorpass.h"
#include <hwy/highway.h>

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

/// A hardware vector, or what a tail has of it: nothing is read behind the end.
template <bool tail>
HWY_INLINE V loadPart(const float* from, std::size_t count)
{
    const D d;
    if constexpr (!tail)
        return hn::LoadU(d, from);
    HWY_ALIGN float buffer[lanes] = {};
    std::copy(from, from + count, buffer);
    return hn::Load(d, buffer);
}

template <bool full>
class GivenPass
{
public:
    HWY_INLINE GivenPass(ErrorState& state, float gain) : m_sums(state, gain) {}

    HWY_INLINE void run(const GivenRun& run)
    {
        m_sums.forSteps(run.count, [&](std::size_t first, auto tail, std::size_t count)
                                       HWY_ATTR { step<tail>(run, first, count); });
    }
    HWY_INLINE void save() { m_sums.save(); }

private:
    template <bool tail>
    HWY_INLINE void step(const GivenRun& run, std::size_t first, std::size_t count)
    {
        const D d;
        for (std::size_t p = 0; p < parts; ++p) {
            const std::size_t at = p * lanes;
            if (tail && at >= count)
                break;
            const std::size_t valid = tail ? std::min(count - at, lanes) : lanes;
            const std::size_t i = first + at;
            Elements elements;
            elements.x = loadPart<tail>(run.values + i, valid);
            elements.y = loadPart<tail>(run.given + i, valid);
            elements.error = hn::Sub(elements.y, elements.x);
            elements.steps = hn::Zero(d);
            if (full && run.perStep)
                elements.steps = hn::Mul(elements.error, loadPart<tail>(run.perStep + i, valid));
            elements.below = hn::Lt(elements.x, loadPart<tail>(run.lowest + i, valid));
            elements.above = hn::Gt(elements.x, loadPart<tail>(run.highest + i, valid));
            elements.valid = hn::FirstN(d, valid);
            m_sums.template add<tail>(elements, p);
        }
    }

    ErrorLanes<Wanted{.full = full}> m_sums;
};

template <bool full>
void passOverGiven(std::span<const GivenRun> runs, float gain, ErrorState& state)
{
    GivenPass<full> pass(state, gain);
    for (const GivenRun& run : runs) {
        pass.run(run);
        state.counts.elements += run.count;
    }
    pass.save();
}

void givenPass(std::span<const GivenRun> runs, bool full, float gain, ErrorState& state)
{
    if (full)
        passOverGiven<true>(runs, gain, state);
    else
        passOverGiven<false>(runs, gain, state);
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(givenPass);

void runGivenPass(std::span<const GivenRun> runs, bool full, float gain, ErrorSums& sums)
{
    ErrorState state;
    HWY_DYNAMIC_DISPATCH(givenPass)(runs, full, gain, state);
    state.addTo(sums, full, gain);
}

} // namespace quantoscope
#endif
