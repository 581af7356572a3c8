// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/clipcurve.h"
#include "core/analysis/errorprofile.h"
#include "ui/charts/chart.h"
#include "ui/models/cliplimits.h"

namespace quantoscope {

// The charts of one layer's values. `b`: the same layer under B, drawn dashed; null: nothing is compared.

/// How the histogram is drawn.
struct HistogramOptions
{
    const LayerPicture* b = nullptr;
    /// Limits in the middle of a drag; in code coordinates the levels are stretched to them.
    std::optional<ClipLimits> dragged;
    std::optional<ClipRatio> best; ///< marked on the axis
    bool rows = true;              ///< false: no data for tables and exports, where every millisecond counts
};

/// Values, the levels over them, and what lies beyond the outermost.
Chart histogramChart(const LayerPicture& picture, const HistogramOptions& options = {});

/// Q(x) and its error over x from `lo` to `hi`, the part shown; NaN: all of it.
Chart staircaseChart(const LayerPicture& picture, const LayerPicture* b = nullptr,
                     double lo = std::numeric_limits<double>::quiet_NaN(),
                     double hi = std::numeric_limits<double>::quiet_NaN());

/// Rounding and clipping error over the bit width. Keys of points: bits. `sweepB` may be null.
Chart errorOverBitsChart(const LayerReport& report, const std::vector<SweepPoint>& sweep,
                         const std::vector<SweepPoint>* sweepB = nullptr);

/// Clip curves of one layer: that of the present width first.
struct ClipCurves
{
    Scheme scheme; ///< the present one
    std::vector<ClipCurve> curves;
    double presentRatio = 1; ///< NaN: none
    double presentMse = 0;
    std::size_t sets = 1;
};
Chart clipCurveChart(const ClipCurves& picture);

/// How the levels of well-known formats lie over the values, each value divided by the largest magnitude of its own set.
struct RulerPicture
{
    Scheme scheme; ///< the present one
    LevelGrid grid;
    Histogram density; ///< over [-1, 1]
};
Chart formatRulerChart(const RulerPicture& picture);

/// Of one layer under one scheme.
struct ProfilePicture
{
    Scheme scheme;
    ErrorProfile profile;
    std::optional<double> step; ///< where one scale serves all values
};
Chart errorOverMagnitudeChart(const ProfilePicture& picture);
Chart stepErrorChart(const ProfilePicture& picture);
/// Keys of points: codes.
Chart occupancyChart(const ProfilePicture& picture);

} // namespace quantoscope
