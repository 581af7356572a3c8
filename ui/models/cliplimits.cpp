// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/cliplimits.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Smallest share of min-max that a drag can reach.
constexpr double smallestRatio = 1e-3;

double largestMagnitude(Interval range)
{
    return std::max(std::abs(static_cast<double>(range.lo)), std::abs(static_cast<double>(range.hi)));
}

/// Grids that lie on [-L, L], whatever range is asked for.
bool isMirrored(Grid grid) { return isSymmetric(grid) || grid == Grid::MidRise; }

/// Where the code coordinate stays put when the ratio changes.
double fixedPoint(const Scheme& scheme)
{
    const CodeRange codes = codeRange(scheme);
    const int sum = codes.min + codes.max;
    if (!isSymmetric(scheme.grid))
        return sum / 2.0;
    return std::floor((sum + 1) / 2.0);
}

/// The ratio in force. Other rules have one per set: the smallest, which the widest set shows.
double presentRatio(const LayerPicture& picture)
{
    const RangeRule& rule = picture.scheme().range;
    if (rule.kind == RangeRule::Kind::Ratio)
        return rule.a;
    if (rule.kind == RangeRule::Kind::MinMax)
        return 1;
    const CodeRange codes = codeRange(picture.scheme());
    const double middle = fixedPoint(picture.scheme());
    const double widest = std::max(std::abs(static_cast<double>(picture.detail.data.hi) - middle),
                                   std::abs(static_cast<double>(picture.detail.data.lo) - middle));
    return widest > 0 ? std::min(1.0, (codes.max - middle) / widest) : 1;
}

MovedLimits moveNormalized(const LayerPicture& picture, bool upper, double x)
{
    const CodeRange codes = codeRange(picture.scheme());
    const double middle = fixedPoint(picture.scheme());
    const double end = upper ? codes.max : codes.min;
    const double present = presentRatio(picture);
    const double factor = std::max((x - middle) / (end - middle), smallestRatio / present);
    return {.limits = {middle + (codes.min - middle) * factor, middle + (codes.max - middle) * factor, true},
            .rule = {RangeRule::Kind::Ratio, present * factor, 0}};
}

MovedLimits moveOneSet(const LayerPicture& picture, bool upper, double x)
{
    const Interval data = picture.detail.data;
    if (isMirrored(picture.scheme().grid)) {
        const double whole = largestMagnitude(data);
        const double ratio = std::max((upper ? x : -x) / whole, smallestRatio);
        return {.limits = {-ratio * whole, ratio * whole, true}, .rule = {RangeRule::Kind::Ratio, ratio, 0}};
    }
    double lo = static_cast<double>(data.lo);
    double hi = static_cast<double>(data.hi);
    if (hasZeroPoint(picture.scheme())) {
        lo = std::min(lo, 0.0);
        hi = std::max(hi, 0.0);
    }
    const double end = upper ? hi : lo;
    const double ratio = end == 0 ? 1.0 : std::max(x / end, smallestRatio);
    return {.limits = {lo * ratio, hi * ratio, true}, .rule = {RangeRule::Kind::Ratio, ratio, 0}};
}

MovedLimits moveManual(const LayerPicture& picture, bool upper, double x)
{
    const Interval data = picture.detail.data;
    const double smallest = std::max(largestMagnitude(data), 1e-30) * smallestRatio;
    if (isMirrored(picture.scheme().grid)) {
        const double limit = std::max(upper ? x : -x, smallest);
        return {.limits = {-limit, limit, true}, .rule = {RangeRule::Kind::Manual, -limit, limit}};
    }
    ClipLimits limits = clipLimits(picture);
    if (upper)
        limits.hi = std::max(x, limits.lo + smallest);
    else
        limits.lo = std::min(x, limits.hi - smallest);
    if (hasZeroPoint(picture.scheme())) {
        limits.lo = std::min(limits.lo, 0.0);
        limits.hi = std::max(limits.hi, 0.0);
    }
    return {.limits = limits, .rule = {RangeRule::Kind::Manual, limits.lo, limits.hi}};
}

} // namespace

ClipLimits clipLimits(const LayerPicture& picture)
{
    const Scheme& scheme = picture.scheme();
    const bool movable = scheme.format == Format::Int && picture.detail.shown.elements > 0
                         && largestMagnitude(picture.detail.data) > 0;
    if (picture.detail.normalized || scheme.format == Format::Binary) {
        const Interval ends = shownLevelEnds(picture);
        return {static_cast<double>(ends.lo), static_cast<double>(ends.hi), movable};
    }
    const Interval range = picture.detail.grid.set.range;
    if (isMirrored(scheme.grid)) {
        const double limit = largestMagnitude(range);
        return {-limit, limit, movable};
    }
    return {static_cast<double>(range.lo), static_cast<double>(range.hi), movable};
}

MovedLimits moveLimit(const LayerPicture& picture, bool upper, double x)
{
    if (picture.detail.normalized)
        return moveNormalized(picture, upper, x);
    if (picture.scheme().granularity.kind != Granularity::Kind::Tensor)
        return moveOneSet(picture, upper, x);
    return moveManual(picture, upper, x);
}

} // namespace quantoscope
