// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

namespace quantoscope {

/// The clip limits as they stand on the value axis of a picture.
struct ClipLimits
{
    double lo = 0;
    double hi = 0;
    bool movable = false; ///< false: the format has no range to choose or there is nothing to clip
};

ClipLimits clipLimits(const LayerPicture& picture);

/// What a value axis must reach: data, levels (unless they lie far beyond any data) and limits.
struct AxisSpan
{
    double lo = 0;
    double hi = 0;
};
AxisSpan shownSpan(const LayerPicture& picture);

/// The limits and the range rule that follow when one limit is moved to `x`. Per tensor: manual:LO:HI,
/// mirrored on symmetric grids, books and floats. Per channel or group: ratio:R, the same share of every set's own
/// minimum and maximum.
struct MovedLimits
{
    ClipLimits limits;
    RangeRule rule;
};
MovedLimits moveLimit(const LayerPicture& picture, bool upper, double x);

/// Limits as shares of every set's own minimum and maximum.
struct ClipRatio
{
    double wanted = 1;
    double present = 1; ///< where the picture's levels stand
    bool operator==(const ClipRatio&) const = default;
};

/// Where the limits of a picture would stand at another ratio; nothing where they cannot be moved.
std::optional<ClipLimits> limitsAt(const LayerPicture& picture, const ClipRatio& ratio);

} // namespace quantoscope
