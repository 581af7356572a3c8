// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/valuestats.h"
#include "core/quant/percentile.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Sets handled by one task: enough elements to be worth one, however small the sets.
std::size_t setsPerTask(const SetLayout& layout)
{
    constexpr std::size_t elementsPerTask = 1 << 16;
    return std::max<std::size_t>(1, elementsPerTask / std::max<std::size_t>(1, layout.length));
}

/// [-α, α] with α = mean |x| in double, blocks of 4096 added in order.
Interval meanMagnitude(std::span<const float> values)
{
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < values.size(); begin += 4096) {
        double block = 0;
        for (const float x : values.subspan(begin, std::min<std::size_t>(4096, values.size() - begin))) {
            if (!std::isfinite(x))
                continue;
            block += std::abs(static_cast<double>(x));
            ++count;
        }
        sum += block;
    }
    const auto mean = count == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(count));
    return {-mean, mean};
}

Interval rangeOf(std::span<const float> values, const Scheme& scheme, std::stop_token stop)
{
    if (scheme.format == Format::Binary)
        return meanMagnitude(values);
    return percentileRange(values, scheme.range.a, scheme.grid, std::move(stop));
}

std::vector<Interval> extremeRanges(const ChannelMajor& values, const SetLayout& layout, double ratio,
                                    std::stop_token stop)
{
    std::vector<Interval> ranges(layout.count());
    const auto scaled = [ratio](const Extremes& e) {
        return Interval{static_cast<float>(e.min * ratio), static_cast<float>(e.max * ratio)};
    };
    if (ranges.size() == 1) {
        ranges[0] = scaled(extremes(values.values));
        return ranges;
    }
    const std::size_t perChannel = layout.perChannelSets();
    const std::size_t channelsPerTask = std::max<std::size_t>(1, setsPerTask(layout) / perChannel);
    parallelFor((layout.channels + channelsPerTask - 1) / channelsPerTask,
                [&](std::size_t task) {
                    std::vector<Extremes> found(perChannel);
                    const std::size_t last = std::min(layout.channels, (task + 1) * channelsPerTask);
                    for (std::size_t c = task * channelsPerTask; c < last; ++c) {
                        extremesOfRuns(values.values.subspan(c * layout.perChannel, layout.perChannel),
                                       layout.length, found);
                        std::transform(found.begin(), found.end(),
                                       ranges.begin() + static_cast<std::ptrdiff_t>(c * perChannel), scaled);
                    }
                },
                stop);
    return ranges;
}

} // namespace

std::vector<Interval> estimateRanges(const ChannelMajor& values, const Scheme& scheme, std::stop_token stop)
{
    if (scheme.format != Format::Int && scheme.format != Format::Binary)
        throw Error(ErrorCode::SchemeMismatch,
                    "format=" + std::string(nameOf(scheme.format)) + " has no ranges yet.");
    const SetLayout layout = layoutFor(scheme, values);
    const RangeRule& rule = scheme.range;
    if (scheme.format == Format::Int) {
        switch (rule.kind) {
        case RangeRule::Kind::MinMax:
            return extremeRanges(values, layout, 1.0, stop);
        case RangeRule::Kind::Ratio:
            return extremeRanges(values, layout, rule.a, stop);
        case RangeRule::Kind::Manual:
            return std::vector<Interval>(layout.count(),
                                         {static_cast<float>(rule.a), static_cast<float>(rule.b)});
        default:
            break;
        }
    }
    std::vector<Interval> ranges(layout.count());
    const std::size_t perTask = setsPerTask(layout);
    parallelFor(
        (ranges.size() + perTask - 1) / perTask,
        [&](std::size_t task) {
            for (std::size_t s = task * perTask; s < std::min(ranges.size(), (task + 1) * perTask); ++s)
                ranges[s] = rangeOf(values.values.subspan(layout.begin(s), layout.size(s)), scheme, stop);
        },
        stop);
    return ranges;
}

} // namespace quantoscope
