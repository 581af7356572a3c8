// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/windows.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Taps of one kernel row; `line` is the image's row, null beside the image.
float* gatherTaps(const ConvAxis& axis, const float* line, std::int64_t position, float* to)
{
    const std::int64_t left = position * axis.stride - axis.padBegin;
    if (line == nullptr)
        return std::fill_n(to, axis.kernel, 0.0f);
    if (left >= 0 && left + axis.reach() <= axis.input) {
        for (std::int64_t tap = 0; tap < axis.kernel; ++tap)
            *to++ = line[left + tap * axis.dilation];
        return to;
    }
    for (std::int64_t tap = 0; tap < axis.kernel; ++tap)
        *to++ = isOnImage(axis, position, tap) ? line[left + tap * axis.dilation] : 0.0f;
    return to;
}

} // namespace

void gatherWindows(const ConvGeometry& g, std::size_t group, const float* image, std::size_t first,
                   std::size_t count, float* rows)
{
    const std::int64_t firstChannel = static_cast<std::int64_t>(group) * g.groupChannels();
    for (std::size_t i = first; i < first + count; ++i) {
        const std::int64_t y = static_cast<std::int64_t>(i) / g.x.output();
        const std::int64_t x = static_cast<std::int64_t>(i) % g.x.output();
        const std::int64_t top = y * g.y.stride - g.y.padBegin;
        for (std::int64_t c = firstChannel; c < firstChannel + g.groupChannels(); ++c) {
            for (std::int64_t tap = 0; tap < g.y.kernel; ++tap) {
                const std::int64_t at = c * g.y.input + top + tap * g.y.dilation;
                rows = gatherTaps(g.x, isOnImage(g.y, y, tap) ? image + at * g.x.input : nullptr, x, rows);
            }
        }
    }
}

} // namespace quantoscope
