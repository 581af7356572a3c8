// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

namespace quantoscope {

/// The clip limits as they stand on the value axis of a picture.
struct ClipLimits
{
    double lo = 0;
    double hi = 0;
    bool movable = false; ///< false: the format leaves no choice (binary) or there is nothing to clip
};

ClipLimits clipLimits(const LayerPicture& picture);

/// The limits and the range rule that follow when one limit is moved to `x`. Per tensor: manual:LO:HI,
/// mirrored on symmetric grids. Per channel or group: ratio:R, the same share of every set's own
/// minimum and maximum.
struct MovedLimits
{
    ClipLimits limits;
    RangeRule rule;
};
MovedLimits moveLimit(const LayerPicture& picture, bool upper, double x);

} // namespace quantoscope
