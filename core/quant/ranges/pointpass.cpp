// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/quant/ranges/pointpass.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/quant/ranges/pointpass.h"
#include <hwy/highway.h>

#include <algorithm>
#include <cassert>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr std::size_t virtualLanes = 16;
constexpr std::size_t parts = virtualLanes / lanes;
constexpr std::size_t block = 1024;

template <bool magnitudes>
void moveBlock(std::span<const float> values, float origin, float gain, float* moved, PointSums& sums)
{
    const D d;
    const V shift = hn::Set(d, origin);
    const V factor = hn::Set(d, gain);
    V sum[parts], energy[parts];
    for (std::size_t p = 0; p < parts; ++p)
        sum[p] = energy[p] = hn::Zero(d);
    std::size_t i = 0;
    for (; i + virtualLanes <= values.size(); i += virtualLanes)
        for (std::size_t p = 0; p < parts; ++p) {
            V x = hn::Mul(hn::Sub(hn::LoadU(d, values.data() + i + p * lanes), shift), factor);
            if constexpr (magnitudes)
                x = hn::Abs(x);
            hn::StoreU(x, d, moved + i + p * lanes);
            sum[p] = hn::Add(sum[p], x);
            energy[p] = hn::Add(energy[p], hn::Mul(x, x));
        }
    HWY_ALIGN float single[2][virtualLanes];
    for (std::size_t p = 0; p < parts; ++p) {
        hn::Store(sum[p], d, single[0] + p * lanes);
        hn::Store(energy[p], d, single[1] + p * lanes);
    }
    for (; i < values.size(); ++i) {
        const float x = (values[i] - origin) * gain;
        moved[i] = magnitudes ? std::abs(x) : x;
        single[0][0] += moved[i];
        single[1][0] += moved[i] * moved[i];
    }
    for (std::size_t k = 0; k < virtualLanes; ++k) {
        sums.sum += static_cast<double>(single[0][k]);
        sums.energy += static_cast<double>(single[1][k]);
    }
}

void move(std::span<const float> values, float origin, float gain, bool magnitudes, float* moved,
          PointSums& sums)
{
    const auto moveOne = magnitudes ? moveBlock<true> : moveBlock<false>;
    for (std::size_t begin = 0; begin < values.size(); begin += block)
        moveOne(values.subspan(begin, std::min(block, values.size() - begin)), origin, gain, moved + begin,
                sums);
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(move);

PointSums movePoints(std::span<const float> values, float origin, float gain, bool magnitudes,
                     std::span<float> moved)
{
    assert(moved.size() == values.size());
    PointSums sums;
    HWY_DYNAMIC_DISPATCH(move)(values, origin, gain, magnitudes, moved.data(), sums);
    return sums;
}

} // namespace quantoscope
#endif
