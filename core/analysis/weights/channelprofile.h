// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// What one channel of a weight spans and what quantization does to it. Finite values alone; none: all figures are 0, sqnrDb NaN.
struct ChannelSpan
{
    std::uint32_t channel = 0;
    std::uint64_t finite = 0;
    float min = 0;
    float max = 0;
    float low = 0;     ///< p0.1, exact with linear interpolation
    float high = 0;    ///< p99.9
    Interval levels;   ///< lowest and highest level of the channel's sets; [0, 0] without a scheme
    double mse = 0;    ///< Σe²/N; 0 without a scheme
    double sqnrDb = 0; ///< NaN where e = 0 or x = 0
    double clippedFraction = 0;

    float magnitude() const { return -min > max ? -min : max; }
};

/// Every channel along the front axis of `values`, in order. `params` of the same arrangement, or null. Deterministic for any thread count.
/// Throws Cancelled.
std::vector<ChannelSpan> channelProfile(const ChannelMajor& values, const ParamSets* params,
                                        std::stop_token stop = {});

enum class ChannelOrder { Index, Range, Error, Clipped };

/// Positions in `spans`, worst first (Index: ascending): the widest range, the largest MSE, the most clipped. Ties by channel.
std::vector<std::size_t> ordered(const std::vector<ChannelSpan>& spans, ChannelOrder order);

} // namespace quantoscope
