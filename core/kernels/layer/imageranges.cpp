// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/imageranges.h"

#include "core/kernels/input/activationrules.h"
#include "core/kernels/layer/magnitudes.h"
#include "core/quant/quantize.h"

#include <algorithm>

namespace quantoscope {

bool hasStaticRangesOfImages(const ActivationScheme& act)
{
    return act.granularity.kind == Granularity::Kind::Row && act.range.kind != RangeRule::Kind::Dynamic
           && act.range.kind != RangeRule::Kind::Manual;
}

void takeRangeOfImages(ActivationScheme& act, const std::vector<float>& images)
{
    if (act.format != Format::Int || act.range.kind == RangeRule::Kind::Dynamic || images.empty())
        return;
    act.granularity = {};
    const ChannelMajor arranged{images, 1, images.size(), 0, nullptr};
    const Interval range = estimateRanges(arranged, schemeOf(act), {}).front();
    act.range = {RangeRule::Kind::Manual, static_cast<double>(range.lo), static_cast<double>(range.hi)};
}

std::vector<Interval> dynamicRanges(Isa isa, const ActivationScheme& act, const LayerCall& call,
                                    std::size_t size, std::stop_token stop)
{
    std::vector<Interval> ranges(call.ranges.begin(), call.ranges.end());
    for (std::size_t i = ranges.size(); i < call.rangeCount(); ++i) {
        const std::size_t first = i * call.rowsPerRange;
        const FloatRows images{call.x + first * size, std::min(call.rowsPerRange, call.rows - first), size};
        if (act.format == Format::Binary) {
            ranges.push_back({0, meanMagnitude({images.values, images.rows * size})});
        } else {
            const FiniteRange range = rangeOf(isa, images, stop);
            ranges.push_back({range.lo, range.hi});
        }
    }
    return ranges;
}

} // namespace quantoscope
