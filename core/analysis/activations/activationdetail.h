// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/activations/channelranges.h"
#include "core/analysis/activations/featuremap.h"
#include "core/metrics/histogram.h"
#include "core/metrics/valuestats.h"
#include "core/quant/grid.h"
#include "core/runtime/execute/capture.h"

#include <optional>

namespace quantoscope {

struct ActivationDetailSettings
{
    ActivationScheme act;     ///< whose rule is marked, and whose grid the other rules find ranges for
    std::size_t bins = 512;   ///< of the histogram, at most
    double outlierFactor = 6; ///< a channel is an outlier beyond this many times the median channel
    double smoothAlpha = 0.5; ///< of SmoothQuant, 0 … 1
    CaptureOptions capture;
    bool operator==(const ActivationDetailSettings& other) const
    {
        return act == other.act && bins == other.bins && outlierFactor == other.outlierFactor
               && smoothAlpha == other.smoothAlpha;
    }
};

/// What one rule makes of the values.
struct ObservedRange
{
    RangeRule rule;
    bool isOwn = false; ///< the rule of settings.act
    Interval range;
    Interval clip;           ///< clipLimits() of the grid over the range: what lies outside is clipped
    std::uint64_t below = 0; ///< values under clip.lo
    std::uint64_t above = 0;
    std::string issue; ///< why the rule has no answer; "" when it has
};

/// What a layer is fed over the samples.
struct ActivationDetail
{
    LayerId layer;
    std::vector<std::string> values; ///< names in the graph, one for each distinct input of the nodes
    std::size_t samples = 0;
    Extremes extremes;
    Histogram histogram; ///< exact counts over the extremes
    std::vector<ObservedRange> observers;
    std::vector<ChannelRange> channels;
    OutlierChannels outliers;
    double outlierFactor = 0;
    std::vector<float> smoothing; ///< s_j; empty without a map
    std::optional<FeatureMap> map;
    std::string whyNoMap;
};

/// Rules whose ranges activationDetail() finds: those that streams have, and `own` if it is none of them.
std::vector<RangeRule> observedRules(const RangeRule& own);

/// Runs the samples twice: ends, channels and observers first, counts then. Extremes, histogram, counts beyond ranges and channel ends
/// are those of all values together, exactly; the ranges are RangeObserver's; percentiles of channels as ChannelRange says. Memory: the
/// batch, 8 MiB at most for each rule, 4 KiB a channel. Non-finite values are counted and left out.
/// Throws Error(Unsupported) with the reason for a layer whose input cannot be observed, Error(InvalidArgument) without samples, errors of
/// capture(), Cancelled.
ActivationDetail activationDetail(const std::shared_ptr<const RunModel>& model, LayerId layer,
                                  const SampleSource& samples, const SampleOrder& order,
                                  const ActivationDetailSettings& settings, std::stop_token stop = {},
                                  const ProgressFn& progress = {});

} // namespace quantoscope
