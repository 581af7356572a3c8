// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/productinput.h"
#include "core/support/progress.h"

#include <algorithm>

namespace quantoscope {

/// What one channel of a layer's input spans over all samples.
struct ChannelRange
{
    float min = 0; ///< of the finite values, exact
    float max = 0;
    double low = 0;           ///< p0.1, off by less than (max - min) / ChannelRanges::bins
    double high = 0;          ///< p99.9, likewise
    std::uint64_t finite = 0; ///< 0: all figures are 0

    float magnitude() const { return std::max(-min, max); }
};

/// Ranges of the channels of a value that comes in batches, in two passes over them: ends, then counts between the ends.
/// Memory: bins counts a channel. One thread; the answer does not depend on the split into batches.
class ChannelRanges
{
public:
    static constexpr std::size_t bins = 1024;

    explicit ChannelRanges(std::size_t channels) : m_channels(channels) {}

    /// Both throw Cancelled.
    void addEnds(const ProductInput& input, const ValueView& value, const std::stop_token& stop = {});
    /// After all ends are known.
    void addCounts(const ProductInput& input, const ValueView& value, const std::stop_token& stop = {});

    const std::vector<ChannelRange>& ends() const { return m_channels; }
    std::vector<ChannelRange> result() const;

private:
    std::vector<ChannelRange> m_channels;
    std::vector<std::uint32_t> m_counts; ///< [channels][bins]
};

/// The channels whose largest magnitude exceeds `factor` times the median of all channels' (of an even number the mean of the two in
/// the middle), ascending. None where the median is 0.
struct OutlierChannels
{
    double median = 0;
    std::vector<std::uint32_t> channels;
};
OutlierChannels outlierChannels(const std::vector<ChannelRange>& channels, double factor);

} // namespace quantoscope
