// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quantize.h"

#include "core/metrics/affinehistogram.h"
#include "core/quant/elementquantizer.h"
#include "core/quant/settasks.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace quantoscope {

int frontAxis(const Scheme& scheme, const Shape& shape, int channelAxis)
{
    const Granularity& granularity = scheme.granularity;
    if (granularity.kind != Granularity::Kind::Channel || granularity.axis < 0)
        return channelAxis;
    if (static_cast<std::size_t>(granularity.axis) >= shape.size())
        throw Error(ErrorCode::SchemeMismatch, "granularity=channel:" + std::to_string(granularity.axis)
                                                   + " needs more axes than " + toText(shape) + " has (0 to "
                                                   + std::to_string(static_cast<int>(shape.size()) - 1)
                                                   + ").");
    return granularity.axis;
}

SetLayout layoutFor(const Scheme& scheme, const ChannelMajor& values)
{
    switch (scheme.granularity.kind) {
    case Granularity::Kind::Tensor:
        return {1, values.values.size(), values.values.size()};
    case Granularity::Kind::Channel:
        return {values.channels, values.perChannel, values.perChannel};
    case Granularity::Kind::Group:
    case Granularity::Kind::Row:
        break;
    }
    const auto size = static_cast<std::size_t>(scheme.granularity.groupSize);
    return {values.channels, values.perChannel, std::min(size, values.perChannel)};
}

ParamSets makeParamSets(const Scheme& scheme, const SetLayout& layout, std::span<const Interval> ranges)
{
    assert(ranges.size() == layout.count());
    ParamSets params{scheme, codeRange(scheme), layout, std::vector<SetParams>(ranges.size()), {}, {}};
    constexpr std::size_t perTask = 1 << 12;
    parallelFor((ranges.size() + perTask - 1) / perTask, [&](std::size_t task) {
        for (std::size_t s = task * perTask; s < std::min(ranges.size(), (task + 1) * perTask); ++s)
            params.sets[s] = makeParams(scheme, params.codes, ranges[s]);
    });
    return params;
}

QuantizedValues quantize(const ChannelMajor& values, const ParamSets& params)
{
    const std::size_t count = values.values.size();
    QuantizedValues result{std::vector<std::int32_t>(count), std::vector<float>(count),
                           std::vector<std::uint8_t>(count)};
    const ElementQuantizer quantizer(values, params);
    const SetTasks tasks(params.layout);
    parallelFor(tasks.count(), [&](std::size_t task) {
        tasks.forStretches(task, [&](const Stretch& stretch) {
            quantizer.quantize(stretch.set, stretch.begin,
                               std::span(result.codes).subspan(stretch.begin, stretch.count),
                               std::span(result.values).subspan(stretch.begin, stretch.count));
            for (std::size_t i = stretch.begin; i < stretch.begin + stretch.count; ++i) {
                result.finite[i] = std::isfinite(values.values[i]) ? 1 : 0;
                if (result.finite[i] == 0)
                    result.codes[i] = 0;
            }
        });
    });
    return result;
}

Histogram codeHistogram(const ChannelMajor& values, const ParamSets& params, double lo, double hi,
                        std::size_t bins, std::stop_token stop)
{
    const SetTasks tasks(params.layout);
    tbb::enumerable_thread_specific<AffineHistogram> histograms(AffineHistogram(lo, hi, bins));
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            AffineHistogram& local = histograms.local();
            tasks.forStretches(task, [&](const Stretch& stretch) {
                const SetParams& set = params.sets[stretch.set];
                local.add(values.values.subspan(stretch.begin, stretch.count),
                          {set.offset, set.scale != 0 ? set.scale : 1.0f, static_cast<float>(set.zeroPoint)});
            });
        },
        stop);
    Histogram result = AffineHistogram(lo, hi, bins).result();
    for (const AffineHistogram& local : histograms)
        result.merge(local.result());
    return result;
}

Interval codeExtent(const ParamSets& params, std::span<const Interval> extremes)
{
    assert(extremes.size() == params.sets.size());
    Interval extent{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
    for (std::size_t i = 0; i < extremes.size(); ++i) {
        const SetParams& set = params.sets[i];
        for (const float x : {extremes[i].lo, extremes[i].hi}) {
            const float u =
                (x - set.offset) / (set.scale != 0 ? set.scale : 1.0f) + static_cast<float>(set.zeroPoint);
            extent = {std::min(extent.lo, u), std::max(extent.hi, u)};
        }
    }
    return extremes.empty() ? Interval{} : extent;
}

} // namespace quantoscope
