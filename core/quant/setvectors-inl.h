// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters of sets as a loop wants them, once per instruction set: include behind errorlanes-inl.h.
#if defined(QUANTOSCOPE_SETVECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef QUANTOSCOPE_SETVECTORS_INL_H
#undef QUANTOSCOPE_SETVECTORS_INL_H
#else
#define QUANTOSCOPE_SETVECTORS_INL_H
#endif

#include "core/quant/errorlanes-inl.h"
#include "core/quant/grid.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

/// The parameters of a few sets, made many at a time: one by one they cost more than the sums of a short run.
struct SetArrays
{
    static constexpr std::size_t capacity = 64;
    HWY_ALIGN float scale[capacity];
    HWY_ALIGN float offset[capacity];
    HWY_ALIGN float minN[capacity]; ///< n = q - zeroPoint
    HWY_ALIGN float maxN[capacity];
    HWY_ALIGN float lowest[capacity]; ///< as clipLimits() has it
    HWY_ALIGN float highest[capacity];
    HWY_ALIGN float stepsPerError[capacity]; ///< of an error times the gain

    /// At most `capacity` sets.
    void take(const SetParams* sets, std::size_t count, CodeRange codes, float gain)
    {
        const D d;
        const hn::RebindToSigned<D> di;
        HWY_ALIGN std::int32_t zeroPoint[capacity];
        for (std::size_t i = 0; i < count; ++i) {
            hwy::Prefetch(sets + i + 2 * capacity);
            scale[i] = sets[i].scale;
            offset[i] = sets[i].offset;
            zeroPoint[i] = sets[i].zeroPoint;
        }
        for (std::size_t i = count; i % lanes != 0; ++i)
            scale[i] = 1, offset[i] = 0, zeroPoint[i] = 0;
        const V usable = hn::Set(d, std::numeric_limits<float>::max());
        for (std::size_t i = 0; i < count; i += lanes) {
            const V s = hn::Load(d, scale + i);
            const V o = hn::Load(d, offset + i);
            const auto zero = hn::Load(di, zeroPoint + i);
            const V first = hn::ConvertTo(d, hn::Sub(hn::Set(di, codes.min), zero));
            const V last = hn::ConvertTo(d, hn::Sub(hn::Set(di, codes.max), zero));
            const V firstLevel = hn::Add(hn::Mul(s, first), o);
            const V lastLevel = hn::Add(hn::Mul(s, last), o);
            const V margin =
                hn::Add(hn::Mul(hn::Abs(hn::Sub(lastLevel, firstLevel)), hn::Set(d, 0x1p-22f)),
                        hn::Mul(hn::Max(hn::Abs(firstLevel), hn::Abs(lastLevel)), hn::Set(d, 0x1p-23f)));
            hn::Store(first, d, minN + i);
            hn::Store(last, d, maxN + i);
            hn::Store(hn::Sub(hn::Min(firstLevel, lastLevel), margin), d, lowest + i);
            hn::Store(hn::Add(hn::Max(firstLevel, lastLevel), margin), d, highest + i);
            const V perError = hn::Div(hn::Set(d, 1.0f), hn::Mul(hn::Abs(s), hn::Set(d, gain)));
            // The scale may be 0 or denormal.
            hn::Store(hn::IfThenElseZero(hn::Le(perError, usable), perError), d, stepsPerError + i);
        }
    }
};

/// One set's parameters, broadcast.
struct SetVectors
{
    HWY_INLINE SetVectors(const SetArrays& from, std::size_t i)
        : scale(hn::Set(D(), from.scale[i])), offset(hn::Set(D(), from.offset[i])),
          minN(hn::Set(D(), from.minN[i])), maxN(hn::Set(D(), from.maxN[i])),
          lowest(hn::Set(D(), from.lowest[i])), highest(hn::Set(D(), from.highest[i])),
          stepsPerError(hn::Set(D(), from.stepsPerError[i]))
    {
    }
    V scale, offset, minN, maxN, lowest, highest, stepsPerError;
};

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
