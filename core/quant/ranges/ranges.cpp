// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/valuestats.h"
#include "core/quant/quantize.h"
#include "core/quant/ranges/aciqrange.h"
#include "core/quant/ranges/entropyrange.h"
#include "core/quant/ranges/mserange.h"
#include "core/quant/ranges/percentile.h"
#include "core/quant/ranges/sigmarange.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

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

/// Ranges of one set after another on one thread; the search keeps its memory between them.
class SetRanges
{
public:
    SetRanges(const Scheme& scheme, std::stop_token stop)
        : m_scheme(scheme), m_stop(std::move(stop)), m_mse(scheme)
    {
    }

    Interval of(std::span<const float> values)
    {
        const RangeRule& rule = m_scheme.range;
        if (m_scheme.format == Format::Binary)
            return meanMagnitude(values);
        switch (rule.kind) {
        case RangeRule::Kind::Mse:
            return m_mse.range(values, m_stop);
        case RangeRule::Kind::Entropy:
            return entropyRange(values, m_scheme, m_stop);
        case RangeRule::Kind::AciqGauss:
        case RangeRule::Kind::AciqLaplace:
        case RangeRule::Kind::Aciq:
            return aciqRange(momentsOf(values, m_stop), rule.kind, m_scheme.bits, m_scheme.grid);
        case RangeRule::Kind::Sigma:
            return sigmaRange(momentsOf(values, m_stop), rule.a, m_scheme.grid);
        default:
            return percentileRange(values, rule.a, m_scheme.grid, m_stop);
        }
    }

private:
    const Scheme& m_scheme;
    std::stop_token m_stop;
    MseSearch m_mse;
};

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
    throwIfStopped(stop);
    const SetLayout layout = layoutFor(scheme, values);
    const RangeRule& rule = scheme.range;
    if (scheme.format == Format::Int) {
        switch (rule.kind) {
        case RangeRule::Kind::MinMax:
        case RangeRule::Kind::Ema:     // a tensor is one batch
        case RangeRule::Kind::Dynamic: // and one call
            return extremeRanges(values, layout, 1.0, stop);
        case RangeRule::Kind::Ratio:
            return extremeRanges(values, layout, rule.a, stop);
        case RangeRule::Kind::Manual:
            return std::vector<Interval>(layout.count(),
                                         {static_cast<float>(rule.a), static_cast<float>(rule.b)});
        case RangeRule::Kind::Entropy:
            (void)entropyPlan(scheme); // refused before any work
            break;
        default:
            break;
        }
    }
    std::vector<Interval> ranges(layout.count());
    const std::size_t perTask = setsPerTask(layout);
    parallelFor((ranges.size() + perTask - 1) / perTask,
                [&](std::size_t task) {
                    SetRanges own(scheme, stop);
                    for (std::size_t s = task * perTask; s < std::min(ranges.size(), (task + 1) * perTask);
                         ++s)
                        ranges[s] = own.of(values.values.subspan(layout.begin(s), layout.size(s)));
                },
                stop);
    return ranges;
}

} // namespace quantoscope
