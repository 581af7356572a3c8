// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <cmath>
#include <cstdint>

namespace quantoscope {

/// Whether scale · u + offset, u = 0 … steps, is scale/2 · (2u - steps) but for float32's roundings: what `mid-rise` and binary
/// mean. It is not where the scale was rounded to its stored type after the offset was found, or stands in for a range of 0.
inline bool standsForOddIntegers(const SetParams& set, std::int32_t steps)
{
    const double half = static_cast<double>(set.scale) * steps / 2;
    return std::abs(static_cast<double>(set.offset) + half) <= std::ldexp(half, -22);
}

} // namespace quantoscope
