// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/cliplimits.h"

#include "core/quant/formats.h"

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

/// The levels of all sets on their common axis.
struct CommonEnds
{
    double lo = 0;
    double middle = 0; ///< stays put when the ratio changes
    double hi = 0;
};

CommonEnds commonEnds(const LayerPicture& picture)
{
    const Scheme& scheme = picture.scheme();
    if (const auto& table = picture.detail.grid.table)
        return {static_cast<double>(table->ends.lo), 0, static_cast<double>(table->ends.hi)};
    const CodeRange codes = codeRange(scheme);
    const double sum = codes.min + codes.max;
    const double middle = isSymmetric(scheme.grid) ? std::floor((sum + 1) / 2) : sum / 2;
    return {static_cast<double>(codes.min), middle, static_cast<double>(codes.max)};
}

/// The ratio in force. Other rules have one per set: the smallest, which the widest set shows.
double presentRatio(const LayerPicture& picture)
{
    const RangeRule& rule = picture.scheme().range;
    if (rule.kind == RangeRule::Kind::Ratio)
        return rule.a;
    if (rule.kind == RangeRule::Kind::MinMax)
        return 1;
    const auto [lo, middle, hi] = commonEnds(picture);
    const double widest = std::max(std::abs(static_cast<double>(picture.detail.data.hi) - middle),
                                   std::abs(static_cast<double>(picture.detail.data.lo) - middle));
    return widest > 0 ? std::min(1.0, (hi - middle) / widest) : 1;
}

MovedLimits moveNormalized(const LayerPicture& picture, bool upper, double x)
{
    const auto [lo, middle, hi] = commonEnds(picture);
    const double end = upper ? hi : lo;
    const double present = presentRatio(picture);
    const double factor = std::max((x - middle) / (end - middle), smallestRatio / present);
    return {.limits = {middle + (lo - middle) * factor, middle + (hi - middle) * factor, true},
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
    const Family family = infoOf(scheme.format).family;
    const bool hasRange = family == Family::Uniform || family == Family::Scaled;
    const bool movable =
        hasRange && picture.detail.shown.elements > 0 && largestMagnitude(picture.detail.data) > 0;
    if (picture.detail.normalized || !hasRange) {
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

AxisSpan shownSpan(const LayerPicture& picture)
{
    const Interval data = picture.detail.data;
    if (!hasLevels(picture) || hasFarLevels(picture))
        return {static_cast<double>(data.lo), static_cast<double>(data.hi)};
    const Interval ends = shownLevelEnds(picture);
    const ClipLimits limits = clipLimits(picture);
    return {std::min({static_cast<double>(std::min({data.lo, ends.lo, ends.hi})), limits.lo}),
            std::max({static_cast<double>(std::max({data.hi, ends.lo, ends.hi})), limits.hi})};
}

MovedLimits moveLimit(const LayerPicture& picture, bool upper, double x)
{
    if (picture.detail.normalized)
        return moveNormalized(picture, upper, x);
    if (picture.scheme().granularity.kind != Granularity::Kind::Tensor)
        return moveOneSet(picture, upper, x);
    return moveManual(picture, upper, x);
}

std::optional<ClipLimits> limitsAt(const LayerPicture& picture, const ClipRatio& ratio)
{
    const ClipLimits now = clipLimits(picture);
    if (!now.movable || !hasLevels(picture) || !(ratio.wanted > 0) || !(ratio.present > 0))
        return std::nullopt;
    if (picture.detail.normalized) {
        const auto [lo, middle, hi] = commonEnds(picture);
        const double factor = ratio.wanted / ratio.present;
        return ClipLimits{middle + (lo - middle) * factor, middle + (hi - middle) * factor, true};
    }
    const Interval data = picture.detail.data;
    if (isMirrored(picture.scheme().grid)) {
        const double limit = ratio.wanted * largestMagnitude(data);
        return ClipLimits{-limit, limit, true};
    }
    double lo = static_cast<double>(data.lo);
    double hi = static_cast<double>(data.hi);
    if (hasZeroPoint(picture.scheme())) {
        lo = std::min(lo, 0.0);
        hi = std::max(hi, 0.0);
    }
    return ClipLimits{lo * ratio.wanted, hi * ratio.wanted, true};
}

} // namespace quantoscope
