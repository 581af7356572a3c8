// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/geometry.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

inline bool isOnImage(const ConvAxis& axis, std::int64_t position, std::int64_t tap)
{
    const std::int64_t at = position * axis.stride - axis.padBegin + tap * axis.dilation;
    return at >= 0 && at < axis.input;
}

/// The windows of output positions [first, first + count) of one image as the rows of a matrix, each
/// [channel of the group][kernel y][kernel x], real 0 beside the image. Thread-safe.
void gatherWindows(const ConvGeometry& geometry, std::size_t group, const float* image, std::size_t first,
                   std::size_t count, float* rows);

} // namespace quantoscope
