// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/nestedscales.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace quantoscope {

namespace {

using Map = std::array<float, 256>;

Map makeMap()
{
    Map map{};
    std::size_t at = 0;
    double decade = 1e-6;
    for (int parts = 1; parts <= 64; parts *= 2, decade *= 10) {
        for (int part = 0; part < parts; ++part) {
            const double centre = 0.1 + 0.9 * (part + 0.5) / parts;
            map[at++] = static_cast<float>(decade * centre);
            map[at++] = static_cast<float>(-decade * centre);
        }
    }
    map[at++] = 0;
    map[at] = 1;
    std::sort(map.begin(), map.end());
    return map;
}

/// Nearest entry; half-way goes to the lower one.
std::uint8_t nearest(std::span<const float> map, float t)
{
    const auto above = std::lower_bound(map.begin(), map.end(), t);
    if (above == map.begin())
        return 0;
    auto place = above - map.begin();
    if (above == map.end() || t - *(above - 1) <= *above - t)
        --place;
    return static_cast<std::uint8_t>(place);
}

} // namespace

std::span<const float> dynamicMap()
{
    static const Map map = makeMap();
    return map;
}

float NestedScales::scale(std::size_t block) const
{
    return dynamicMap()[codes[block]] * groupScales[block / groupSize] + mean;
}

NestedScales nestScales(std::span<const float> scales)
{
    NestedScales nested;
    if (scales.empty())
        return nested;
    double sum = 0;
    for (const float scale : scales)
        sum += static_cast<double>(scale);
    nested.mean = static_cast<float>(sum / static_cast<double>(scales.size()));
    nested.codes.reserve(scales.size());
    for (std::size_t at = 0; at < scales.size(); at += NestedScales::groupSize) {
        const auto group = scales.subspan(at, std::min(NestedScales::groupSize, scales.size() - at));
        float largest = 0;
        for (const float scale : group)
            largest = std::max(largest, std::abs(scale - nested.mean));
        for (const float scale : group)
            nested.codes.push_back(
                nearest(dynamicMap(), largest == 0 ? 0.0f : (scale - nested.mean) / largest));
        nested.groupScales.push_back(largest);
    }
    return nested;
}

} // namespace quantoscope
