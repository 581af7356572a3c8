// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// The range that `range=percentile:P` gives one set: [-v, v] with v the P-th percentile of |x| on symmetric grids
/// (symmetric-signed: on the side of the largest value alone), else the (100 - P)/2-th and (100 + P)/2-th percentile of x.
/// Exact, linear between order statistics. Values that are not finite are left out; without any, [0, 0]. Throws Cancelled.
Interval percentileRange(std::span<const float> values, double percentile, Grid grid,
                         std::stop_token stop = {});

} // namespace quantoscope
