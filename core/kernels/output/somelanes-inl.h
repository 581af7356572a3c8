// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors of which only the first lanes are there, once per instruction set: include behind foreachtarget-inl.h.
#if defined(QUANTOSCOPE_SOMELANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef QUANTOSCOPE_SOMELANES_INL_H
#undef QUANTOSCOPE_SOMELANES_INL_H
#else
#define QUANTOSCOPE_SOMELANES_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstring>

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The first `count` ≥ 1 of a vector; the rest is 0 and no byte behind them is touched.
template <class D>
HWY_INLINE hn::Vec<D> loadSome(D d, const hn::TFromD<D>* from, std::size_t count)
{
    if (HWY_LIKELY(count >= hn::Lanes(d)))
        return hn::LoadU(d, from);
#if HWY_TARGET == HWY_AVX3
    return hn::MaskedLoad(hn::FirstN(d, count), d, from);
#else
    HWY_ALIGN hn::TFromD<D> part[hn::MaxLanes(D())] = {};
    std::memcpy(part, from, count * sizeof(*from));
    return hn::Load(d, part);
#endif
}

/// The first `count` ≥ 1 of a vector, nothing else.
template <class D>
HWY_INLINE void storeSome(hn::Vec<D> values, D d, hn::TFromD<D>* to, std::size_t count)
{
    if (HWY_LIKELY(count >= hn::Lanes(d))) {
        hn::StoreU(values, d, to);
        return;
    }
#if HWY_TARGET == HWY_AVX3
    hn::BlendedStore(values, hn::FirstN(d, count), d, to);
#else
    HWY_ALIGN hn::TFromD<D> part[hn::MaxLanes(D())];
    hn::Store(values, d, part);
    std::memcpy(to, part, count * sizeof(*to));
#endif
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
