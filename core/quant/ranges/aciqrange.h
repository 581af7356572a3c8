// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/moments.h"

namespace quantoscope {

/// ACIQ: the clip about the mean that is best for a source of an assumed distribution on 2^b levels.
/// Source: Banner, Nahshan and Soudry, arXiv 1810.05723, section 3 and its appendix.

/// What is predicted for a clip at the distance α: the error outside plus that of 2^M equal steps over 2α,
///   Laplace, β = mean |x - mean|:  2β²·e^(-α/β) + α²/(3·4^M)
///   Gauss, σ:                      (α² + σ²)·erfc(α/(√2·σ)) - √(2/π)·α·σ·e^(-α²/(2σ²)) + α²/(3·4^M)
/// `ratio` = α/β or α/σ; in units of β² or σ².
double aciqLaplaceError(double ratio, int m);
double aciqGaussError(double ratio, int m);

/// The ratio of least predicted error, solved by bisection of the derivative to 1e-13: α/β = 2.8307, 5.0286, 9.8968 at
/// M = 2, 4, 8; α/σ = 1.71063519, 2.55913646, 3.92403714. 1 ≤ M ≤ 17.
double aciqLaplaceRatio(int m);
double aciqGaussRatio(int m);

/// The range that `range=aciq:gauss`, `aciq:laplace` or `aciq` (the one of lower predicted error: Laplace for
/// tails heavier than its own, σ/β above 2 at 4 bits) gives one set:
///   values on both sides of 0: mean ± α with M = b, β and σ about the mean (population forms);
///   all x ≥ 0 (after ReLU) or all x ≤ 0: the one-sided form, [0, α] or [-α, 0]: β = mean |x| and σ = √(mean x²) of the values
///   that are not 0 (zeros cost nothing and would narrow the source), and half a source on 2^b levels is a whole one
///   on 2^(b+1): M = b + 1 on grids of two ends; b on grids of one limit, which spend half their levels on the other side.
/// Cut to the smallest and largest value; grids of one limit get the larger magnitude of both ends. A constant set gets
/// its value, an empty one [0, 0]. Depends on the grid and the bits (2^b levels are assumed whatever the codes). Any thread.
Interval aciqRange(const Moments& moments, RangeRule::Kind kind, int bits, Grid grid);

} // namespace quantoscope
