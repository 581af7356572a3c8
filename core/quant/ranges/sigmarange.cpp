// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/sigmarange.h"

#include "core/quant/ranges/rangeshape.h"

namespace quantoscope {

Interval sigmaRange(const Moments& moments, double sigmas, Grid grid)
{
    const double half = sigmas * moments.std;
    return cutRange(grid, moments.mean - half, moments.mean + half, moments.ends);
}

} // namespace quantoscope
