// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

/// Whether the range of that grid is one number L: [-L, L].
inline bool hasOneLimit(Grid grid) { return isSymmetric(grid) || grid == Grid::MidRise; }

/// [-limit, limit]; on symmetric-signed, whose scale follows the sign of the largest value, that side alone.
/// `ends`: smallest and largest value.
inline Interval limitRange(Grid grid, float limit, Interval ends)
{
    if (grid != Grid::SymmetricSigned)
        return {-limit, limit};
    return ends.hi > -ends.lo ? Interval{0, limit} : Interval{-limit, 0};
}

/// `range` cut to the observed ends and turned into what the grid takes: one limit, the larger magnitude of both ends,
/// or the interval itself.
inline Interval cutRange(Grid grid, double lo, double hi, Interval ends)
{
    const float low = static_cast<float>(std::clamp<double>(lo, ends.lo, ends.hi));
    const float high = static_cast<float>(std::clamp<double>(hi, ends.lo, ends.hi));
    if (!hasOneLimit(grid))
        return {low, high};
    return limitRange(grid, std::max(std::abs(low), std::abs(high)), ends);
}

} // namespace quantoscope
