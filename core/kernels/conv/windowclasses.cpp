// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/windowclasses.h"

#include <algorithm>

namespace quantoscope {

namespace {

TapRange validTaps(const ConvAxis& axis, std::int64_t position)
{
    const std::int64_t origin = position * axis.stride - axis.padBegin;
    const auto tapsBelow = [&axis](std::int64_t elements) {
        return elements <= 0 ? 0 : std::min(axis.kernel, (elements + axis.dilation - 1) / axis.dilation);
    };
    const std::int64_t first = tapsBelow(-origin);
    return {first, std::max(first, tapsBelow(axis.input - origin))};
}

WindowAxis windowAxis(const ConvAxis& axis)
{
    WindowAxis windows;
    for (std::int64_t position = 0; position < axis.output(); ++position) {
        const TapRange range = validTaps(axis, position);
        if (!windows.runs.empty() && windows.ranges[windows.runs.back().kind] == range) {
            windows.runs.back().end = position + 1;
            continue;
        }
        const auto known = std::find(windows.ranges.begin(), windows.ranges.end(), range);
        const auto kind = static_cast<std::size_t>(known - windows.ranges.begin());
        if (known == windows.ranges.end())
            windows.ranges.push_back(range);
        windows.runs.push_back({position, position + 1, kind});
    }
    return windows;
}

/// Sums over all rectangles that begin at the first tap: [kernel y + 1][kernel x + 1].
std::vector<std::int64_t> prefixSums(const std::int64_t* taps, std::int64_t height, std::int64_t width)
{
    std::vector<std::int64_t> sums(static_cast<std::size_t>((height + 1) * (width + 1)));
    for (std::int64_t y = 0; y < height; ++y) {
        std::int64_t row = 0;
        for (std::int64_t x = 0; x < width; ++x) {
            row += taps[y * width + x];
            const std::int64_t at = (y + 1) * (width + 1) + x + 1;
            sums[static_cast<std::size_t>(at)] = sums[static_cast<std::size_t>(at - width - 1)] + row;
        }
    }
    return sums;
}

} // namespace

const WindowRun* WindowAxis::runAt(std::int64_t position) const
{
    return &*std::partition_point(runs.begin(), runs.end(),
                                  [position](const WindowRun& run) { return run.end <= position; });
}

WindowClasses windowClasses(const ConvGeometry& geometry, const std::vector<std::int64_t>& tapSums)
{
    WindowClasses classes;
    classes.y = windowAxis(geometry.y);
    classes.x = windowAxis(geometry.x);
    classes.outputs = static_cast<std::size_t>(geometry.outputs);
    const std::size_t kinds = classes.y.ranges.size() * classes.x.ranges.size() + 1;
    classes.sums.resize(kinds * classes.outputs);
    for (const TapRange& y : classes.y.ranges)
        for (const TapRange& x : classes.x.ranges)
            classes.depth.push_back(
                static_cast<std::int32_t>((y.end - y.first) * (x.end - x.first) * geometry.groupChannels()));
    classes.depth.push_back(static_cast<std::int32_t>(geometry.depth()));
    const std::int64_t pitch = geometry.x.kernel + 1;
    for (std::size_t output = 0; output < classes.outputs; ++output) {
        const std::vector<std::int64_t> sums =
            prefixSums(tapSums.data() + output * static_cast<std::size_t>(geometry.taps()), geometry.y.kernel,
                       geometry.x.kernel);
        const auto at = [&](std::int64_t y, std::int64_t x) {
            return sums[static_cast<std::size_t>(y * pitch + x)];
        };
        std::size_t kind = 0;
        for (const TapRange& y : classes.y.ranges)
            for (const TapRange& x : classes.x.ranges)
                classes.sums[kind++ * classes.outputs + output] = static_cast<std::int32_t>(
                    at(y.end, x.end) - at(y.first, x.end) - at(y.end, x.first) + at(y.first, x.first));
        classes.sums[kind * classes.outputs + output] = static_cast<std::int32_t>(sums.back());
    }
    return classes;
}

} // namespace quantoscope
