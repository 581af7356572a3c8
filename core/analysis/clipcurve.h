// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"

namespace quantoscope {

/// The error when every set is clipped at `ratio` times its own minimum and maximum (range=ratio:R).
struct ClipPoint
{
    double ratio = 1;
    double mse = 0;
    double clippingMse = 0; ///< mse = clippingMse + roundingMse, exactly
    double roundingMse = 0;
    double clippedFraction = 0;
};

/// One width of the error-against-clipping curve. Codes are those of rounding to nearest: algorithms and outlier columns are left out.
struct ClipCurve
{
    int bits = 0;
    Scheme scheme;                 ///< at that width, with range=minmax
    std::vector<ClipPoint> points; ///< ascending ratio; empty with an issue
    std::size_t best = 0;          ///< the point of the least mse, the widest of equal ones
    std::string issue;
};

/// Where the curve is measured: `points` ratios from `lowest` to `highest`, evenly spaced in log(ratio), 1 among them, each rounded to four
/// decimals; then `refinements` times as many as `refined` between the neighbours of the best so far.
struct ClipRatios
{
    std::size_t points = 48;
    double lowest = 0.05;
    double highest = 1.25;
    std::size_t refined = 9;
    int refinements = 2;
};

/// Whether the scheme's levels follow from a range that can be clipped.
bool canClip(const Scheme& scheme);

/// The curve at `bits` (formats of one width: at theirs). Every point has the bits of measureError() under range=ratio:R. Deterministic for any
/// thread count. Throws Cancelled; where the scheme does not fit the layer, `issue` says why.
ClipCurve clipCurve(LayerData& data, const Scheme& scheme, int bits, const std::stop_token& stop = {},
                    const ClipRatios& ratios = {});

/// The ratio that the levels of `params` stand at: that of the scheme's rule (ratio, minmax), or else the mean over the sets of their width
/// against that of their own minimum and maximum. NaN where no set has a width.
double presentClipRatio(LayerData& data, const ParamSets& params, const std::stop_token& stop = {});

} // namespace quantoscope
