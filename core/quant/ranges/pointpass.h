// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace quantoscope {

/// Σx' and Σx'² of moved points.
struct PointSums
{
    double sum = 0;
    double energy = 0;
};

/// moved[i] = (values[i] - origin) · gain, with `magnitudes` |of that|; all finite. Float32 sums in 16 lanes over 1024 points, then
/// double: the same bits on every instruction set. One thread.
PointSums movePoints(std::span<const float> values, float origin, float gain, bool magnitudes,
                     std::span<float> moved);

} // namespace quantoscope
