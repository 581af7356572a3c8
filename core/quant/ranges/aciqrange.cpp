// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/aciqrange.h"

#include "core/formats/synth/exactmath.h"
#include "core/quant/ranges/erfc.h"
#include "core/quant/ranges/rangeshape.h"

#include <cmath>
#include <numbers>

namespace quantoscope {

namespace {

/// 3·4^M
double perStep(int m) { return std::ldexp(3.0, 2 * m); }

/// Where an increasing function changes its sign.
template <class Slope>
double rootOf(Slope slope)
{
    double from = 0;
    double to = 32; // the best clips of 17 bits lie below 23
    while (to - from > 1e-13) {
        const double middle = (from + to) / 2;
        if (middle == from || middle == to)
            break;
        (slope(middle) < 0 ? from : to) = middle;
    }
    return (from + to) / 2;
}

} // namespace

double aciqLaplaceError(double ratio, int m)
{
    return 2 * exactmath::exp(-ratio) + ratio * ratio / perStep(m);
}

double aciqGaussError(double ratio, int m)
{
    const double outside = (ratio * ratio + 1) * exactmath::erfc(ratio / std::numbers::sqrt2)
                           - std::sqrt(2 / std::numbers::pi) * ratio * exactmath::exp(-ratio * ratio / 2);
    return outside + ratio * ratio / perStep(m);
}

double aciqLaplaceRatio(int m)
{
    const double steps = perStep(m);
    return rootOf([&](double r) { return r / steps - exactmath::exp(-r); });
}

double aciqGaussRatio(int m)
{
    // d/dα: 2α·erfc(α/√2) - 2·√(2/π)·e^(-α²/2) + 2α/(3·4^M)
    const double steps = perStep(m);
    return rootOf([&](double r) {
        return r * exactmath::erfc(r / std::numbers::sqrt2)
               - std::sqrt(2 / std::numbers::pi) * exactmath::exp(-r * r / 2) + r / steps;
    });
}

Interval aciqRange(const Moments& moments, RangeRule::Kind kind, int bits, Grid grid)
{
    const Interval ends = moments.ends;
    if (moments.count == 0 || ends.lo == ends.hi)
        return ends;
    const bool oneSided = ends.lo >= 0 || ends.hi <= 0;
    const int m = oneSided && !hasOneLimit(grid) ? bits + 1 : bits;
    const double beta = oneSided ? moments.nonZeroMagnitude : moments.absDeviation;
    const double sigma = oneSided ? moments.nonZeroRms : moments.std;
    const double laplace = aciqLaplaceRatio(m);
    const double gauss = aciqGaussRatio(m);
    const bool useGauss =
        kind == RangeRule::Kind::AciqGauss
        || (kind == RangeRule::Kind::Aciq
            && sigma * sigma * aciqGaussError(gauss, m) <= beta * beta * aciqLaplaceError(laplace, m));
    const double alpha = useGauss ? sigma * gauss : beta * laplace;
    if (!oneSided)
        return cutRange(grid, moments.mean - alpha, moments.mean + alpha, ends);
    // 0 belongs to the range even where no value is 0.
    const Interval withZero{std::min(ends.lo, 0.0f), std::max(ends.hi, 0.0f)};
    return ends.hi > 0 ? cutRange(grid, 0, alpha, withZero) : cutRange(grid, -alpha, 0, withZero);
}

} // namespace quantoscope
