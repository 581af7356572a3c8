// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// `range=mse` for a table of levels (nf4, e4m3, …): [-L, L] of least Σ(x̂ - x)² with x̂ = float32(L · level), the level nearest to
/// float32(x / L), ties to the lower one. `sortedLevels` ascending, at least two, largest magnitude 1. 0 < L ≤ max|x|; never
/// worse than L = max|x|. Searched as LimitSearch does, at least as finely as a quarter of the outermost gap of the table as
/// far as 64 trials reach; sets above 65,536 elements on FloatBins. Values that are not finite are left out; without any,
/// or with zeros alone, [0, 0]. Deterministic, any thread. Cost: a sort, and 100 times levels · log(elements). Throws Cancelled.
Interval mseRangeOfBook(std::span<const float> values, std::span<const float> sortedLevels,
                        std::stop_token stop = {});

} // namespace quantoscope
