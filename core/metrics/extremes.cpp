// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled once per instruction set; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/metrics/extremes.cpp"
#include <hwy/foreach_target.h> // must come before highway.h

#include "core/metrics/valuestats.h"
#include "core/support/parallelfor.h"
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace quantoscope::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Minimum and maximum of values that are all finite; false when one is not. count > 0.
bool finiteExtremes(const float* values, std::size_t count, float& min, float& max)
{
    const hn::CappedTag<float, 16> d;
    const hn::RebindToSigned<decltype(d)> di;
    using V = hn::Vec<decltype(d)>;
    using I = hn::Vec<decltype(di)>;
    constexpr std::size_t lanes = hn::MaxLanes(d);
    const I magnitudeBits = hn::Set(di, 0x7fffffff);
    // Largest bit pattern without sign: from that of infinity on, something is not finite.
    I magnitude = hn::Zero(di);
    min = max = values[0];
    std::int32_t largest = 0;
    const auto one = [&](float x) {
        min = std::min(min, x);
        max = std::max(max, x);
        std::int32_t pattern;
        std::memcpy(&pattern, &x, sizeof pattern);
        largest = std::max(largest, pattern & 0x7fffffff);
    };
    // Whole vectors from aligned addresses: a load across cache lines takes twice as long.
    std::size_t i = 0;
    for (; i < count && reinterpret_cast<std::uintptr_t>(values + i) % 64 != 0; ++i)
        one(values[i]);
    V low = hn::Set(d, values[0]);
    V high = low;
    V low2 = low;
    V high2 = low;
    for (; i + 2 * lanes <= count; i += 2 * lanes) {
        // 4 KiB ahead: the loop is faster than the hardware's own prefetching. Behind the end it does nothing.
        hwy::Prefetch(values + i + 1024);
        hwy::Prefetch(values + i + 1024 + lanes);
        const V a = hn::Load(d, values + i);
        const V b = hn::Load(d, values + i + lanes);
        low = hn::Min(low, a);
        high = hn::Max(high, a);
        low2 = hn::Min(low2, b);
        high2 = hn::Max(high2, b);
        magnitude = hn::Max(magnitude, hn::And(hn::BitCast(di, a), magnitudeBits));
        magnitude = hn::Max(magnitude, hn::And(hn::BitCast(di, b), magnitudeBits));
    }
    low = hn::Min(low, low2);
    high = hn::Max(high, high2);
    HWY_ALIGN std::int32_t bits[lanes];
    hn::Store(magnitude, di, bits);
    largest = std::max(largest, *std::max_element(bits, bits + lanes));
    min = std::min(min, hn::GetLane(hn::MinOfLanes(d, low)));
    max = std::max(max, hn::GetLane(hn::MaxOfLanes(d, high)));
    for (; i < count; ++i)
        one(values[i]);
    return largest < 0x7f800000;
}

} // namespace quantoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quantoscope {

HWY_EXPORT(finiteExtremes);

namespace {

void merge(Extremes& into, const Extremes& other)
{
    if (other.finite > 0) {
        into.min = into.finite > 0 ? std::min(into.min, other.min) : other.min;
        into.max = into.finite > 0 ? std::max(into.max, other.max) : other.max;
    }
    into.finite += other.finite;
    into.nan += other.nan;
    into.inf += other.inf;
}

Extremes oneByOne(std::span<const float> values)
{
    Extremes found;
    for (const float x : values) {
        if (std::isfinite(x))
            merge(found, {x, x, 1, 0, 0});
        else
            ++(std::isnan(x) ? found.nan : found.inf);
    }
    return found;
}

Extremes extremesOfRun(std::span<const float> values)
{
    if (values.empty())
        return {};
    Extremes found;
    found.finite = values.size();
    if (!HWY_DYNAMIC_DISPATCH(finiteExtremes)(values.data(), values.size(), found.min, found.max))
        found = oneByOne(values);
    found.min += 0.0f; // -0 becomes 0, whichever came first
    found.max += 0.0f;
    return found;
}

} // namespace

Extremes extremes(std::span<const float> values)
{
    constexpr std::size_t perTask = 1 << 18;
    std::vector<Extremes> parts((values.size() + perTask - 1) / perTask);
    parallelFor(parts.size(), [&](std::size_t task) {
        const std::size_t begin = task * perTask;
        parts[task] = extremesOfRun(values.subspan(begin, std::min(perTask, values.size() - begin)));
    });
    Extremes found;
    for (const Extremes& part : parts)
        merge(found, part);
    return found;
}

void extremesOfRuns(std::span<const float> values, std::size_t length, std::span<Extremes> out)
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t begin = std::min(values.size(), i * length);
        out[i] = extremesOfRun(values.subspan(begin, std::min(length, values.size() - begin)));
    }
}

} // namespace quantoscope
#endif
