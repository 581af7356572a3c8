// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/activations/channelranges.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr double lowShare = 0.001;
constexpr double highShare = 0.999;
constexpr std::size_t piece = 1 << 20; ///< values between two looks at the stop token

/// body(stretch, channel) for the whole value in order.
template <class Body>
void forChannels(const ProductInput& input, const ValueView& value, const std::stop_token& stop, Body body)
{
    std::size_t inner = 1;
    for (std::size_t axis = input.featureAxis(value.shape) + 1; axis < value.shape.size(); ++axis)
        inner *= static_cast<std::size_t>(value.shape[axis]);
    std::size_t channel = 0;
    std::size_t sinceLook = 0;
    for (std::size_t at = 0; inner > 0 && at < value.values.size(); at += inner) {
        if ((sinceLook += inner) > piece) {
            throwIfStopped(stop);
            sinceLook = 0;
        }
        body(value.values.subspan(at, inner), channel);
        channel = channel + 1 == input.features ? 0 : channel + 1;
    }
}

/// The p-quantile of evenly spread values in equal bins over the channel's ends.
double quantile(const ChannelRange& channel, const std::uint32_t* counts, double share)
{
    const double rank = share * static_cast<double>(channel.finite - 1);
    const double width = (double(channel.max) - double(channel.min)) / ChannelRanges::bins;
    double before = 0;
    for (std::size_t bin = 0; bin < ChannelRanges::bins; ++bin) {
        if (before + counts[bin] > rank)
            return double(channel.min) + width * (static_cast<double>(bin) + (rank - before) / counts[bin]);
        before += counts[bin];
    }
    return double(channel.max);
}

} // namespace

void ChannelRanges::addEnds(const ProductInput& input, const ValueView& value, const std::stop_token& stop)
{
    forChannels(input, value, stop, [&](std::span<const float> stretch, std::size_t channel) {
        ChannelRange& range = m_channels[channel];
        for (const float x : stretch) {
            if (!std::isfinite(x))
                continue;
            range.min = range.finite == 0 ? x : std::min(range.min, x);
            range.max = range.finite == 0 ? x : std::max(range.max, x);
            ++range.finite;
        }
    });
}

void ChannelRanges::addCounts(const ProductInput& input, const ValueView& value, const std::stop_token& stop)
{
    m_counts.resize(m_channels.size() * bins);
    forChannels(input, value, stop, [&](std::span<const float> stretch, std::size_t channel) {
        const ChannelRange& range = m_channels[channel];
        std::uint32_t* counts = m_counts.data() + channel * bins;
        const double span = double(range.max) - double(range.min);
        const double scale = span > 0 ? bins / span : 0;
        for (const float x : stretch)
            if (std::isfinite(x))
                ++counts[std::min(static_cast<std::size_t>((double(x) - double(range.min)) * scale),
                                  bins - 1)];
    });
}

std::vector<ChannelRange> ChannelRanges::result() const
{
    std::vector<ChannelRange> ranges = m_channels;
    for (std::size_t channel = 0; channel < ranges.size(); ++channel) {
        ChannelRange& range = ranges[channel];
        if (range.finite == 0 || m_counts.empty())
            continue;
        const std::uint32_t* counts = m_counts.data() + channel * bins;
        range.low = quantile(range, counts, lowShare);
        range.high = quantile(range, counts, highShare);
    }
    return ranges;
}

OutlierChannels outlierChannels(const std::vector<ChannelRange>& channels, double factor)
{
    std::vector<double> magnitudes;
    for (const ChannelRange& channel : channels)
        magnitudes.push_back(double(channel.magnitude()));
    if (magnitudes.empty())
        return {};
    std::sort(magnitudes.begin(), magnitudes.end());
    const std::size_t middle = magnitudes.size() / 2;
    OutlierChannels found;
    found.median =
        magnitudes.size() % 2 ? magnitudes[middle] : (magnitudes[middle - 1] + magnitudes[middle]) / 2;
    for (std::size_t i = 0; i < channels.size() && found.median > 0; ++i)
        if (double(channels[i].magnitude()) > factor * found.median)
            found.channels.push_back(static_cast<std::uint32_t>(i));
    return found;
}

} // namespace quantoscope
