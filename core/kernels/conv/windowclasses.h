// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"
#include "core/kernels/conv/geometry.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantoscope {

/// Taps [first, end) of an axis that lie on the image, not on padding.
struct TapRange
{
    std::int64_t first = 0;
    std::int64_t end = 0;
    bool operator==(const TapRange&) const = default;
};

/// Neighbouring output positions of an axis whose windows are clipped alike.
struct WindowRun
{
    std::int64_t first = 0; ///< output position
    std::int64_t end = 0;
    std::size_t kind = 0; ///< index in WindowAxis::ranges
};

struct WindowAxis
{
    std::vector<TapRange> ranges; ///< distinct ones
    std::vector<WindowRun> runs;  ///< cover [0, output)

    /// The run that holds an output position.
    const WindowRun* runAt(std::int64_t position) const;
};

/// The distinct ways in which padding clips the windows of a convolution, and what the terms of zero points and offsets are for
/// each: padding is the real number 0, so that only taps on the image count. Class = y kind · (kinds of x) + x kind; the last
/// class is that of whole windows: all taps count where padding holds a code of 0.
struct WindowClasses
{
    WindowAxis y;
    WindowAxis x;
    std::size_t outputs = 0;
    std::vector<std::int32_t> sums;  ///< [class][output]: Σ e over the valid taps, e as in CodeMatrix
    std::vector<std::int32_t> depth; ///< [class]: products of a valid window

    std::size_t whole() const { return depth.size() - 1; }
    const std::int32_t* sumsOf(std::size_t kind) const { return sums.data() + kind * outputs; }
};

/// `tapSums`: [output][kernel y][kernel x], Σ e over the channels of a tap.
WindowClasses windowClasses(const ConvGeometry& geometry, const std::vector<std::int64_t>& tapSums);

} // namespace quantoscope
