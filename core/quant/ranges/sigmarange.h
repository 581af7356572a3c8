// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/moments.h"

namespace quantoscope {

/// The range that `range=sigma:K` gives one set: mean ± K·σ, σ the population deviation, cut to the smallest and largest value.
/// Grids of one limit get the larger magnitude of both ends (symmetric-signed: on the side of the largest value). Same units as
/// the values; no finite value: [0, 0]. Depends on the grid, never on the bits. Any thread.
Interval sigmaRange(const Moments& moments, double sigmas, Grid grid);

} // namespace quantoscope
