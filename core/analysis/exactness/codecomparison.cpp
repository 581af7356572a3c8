// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/exactness/codecomparison.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace quantoscope {

namespace {

/// Beyond every code, and still a whole number.
constexpr double farAway = 1e15;

std::int64_t unclamped(double y, const OutputCodes& codes)
{
    const double code = std::nearbyint(std::clamp(y / codes.scale, -farAway, farAway));
    return static_cast<std::int64_t>(code) + codes.zeroPoint;
}

bool isBeyond(std::int64_t code) { return code < OutputCodes::min || code > OutputCodes::max; }

bool isNearTie(const ExactValue& exact, const OutputCodes& codes)
{
    const double t = exact.value / codes.scale;
    const double toTie = std::abs(t - std::floor(t) - 0.5);
    return toTie <= exact.epsilon / codes.scale;
}

} // namespace

ExactnessCounts& ExactnessCounts::operator+=(const ExactnessCounts& other)
{
    identical += other.identical;
    nearTie += other.nearTie;
    oneOff += other.oneOff;
    further += other.further;
    saturated += other.saturated;
    return *this;
}

OutputCodes outputCodes(const Interval& range)
{
    Scheme scheme;
    scheme.grid = Grid::ZeroPoint;
    const SetParams set = makeParams(scheme, range);
    return {static_cast<double>(set.scale), set.zeroPoint};
}

CodeComparison compareCodes(std::span<const float> a, std::span<const float> b, const OutputCodes& codes,
                            const std::function<ExactValue(std::size_t)>& exact)
{
    CodeComparison result;
    ExactnessCounts& counts = result.counts;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (std::isnan(a[i]) || std::isnan(b[i])) {
            ++(std::isnan(a[i]) && std::isnan(b[i]) ? counts.identical : counts.further);
            continue;
        }
        const std::int64_t first = unclamped(static_cast<double>(a[i]), codes);
        const std::int64_t second = unclamped(static_cast<double>(b[i]), codes);
        const std::int64_t difference = std::abs(std::clamp(first, OutputCodes::min, OutputCodes::max)
                                                 - std::clamp(second, OutputCodes::min, OutputCodes::max));
        result.worst = std::max(result.worst, difference);
        if (isBeyond(first) != isBeyond(second))
            ++counts.saturated;
        else if (difference == 0)
            ++counts.identical;
        else if (difference > 1)
            ++counts.further;
        else
            ++(exact && isNearTie(exact(i), codes) ? counts.nearTie : counts.oneOff);
    }
    return result;
}

} // namespace quantoscope
