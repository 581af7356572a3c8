// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/rangestats.h"

#include "core/analysis/against/weightpair.h"
#include "core/metrics/valuestats.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

void RangeStats::add(const Tensor& tensor)
{
    const FloatArray array = floatsOf(tensor);
    const Extremes ends = extremes(array.values);
    if (ends.finite == 0)
        return;
    m_min = m_elements == 0 ? static_cast<double>(ends.min) : std::min(m_min, static_cast<double>(ends.min));
    m_max = m_elements == 0 ? static_cast<double>(ends.max) : std::max(m_max, static_cast<double>(ends.max));
    m_elements += ends.finite;
    addChannels(array.values, tensor.shape);
    const StoredRange range = m_range.dynamic ? dynamicRange(ends.min, ends.max) : m_range;
    // Extremes under min-max are not clipped because the scale was rounded down.
    const double slack = 1e-3 * static_cast<double>(range.scale);
    const double lowest = static_cast<double>(range.lowest()) - slack;
    const double highest = static_cast<double>(range.highest()) + slack;
    for (const float value : array.values) {
        if (!std::isfinite(value))
            continue;
        const double x = static_cast<double>(value);
        const double error = static_cast<double>(range.valueOf(range.codeOf(value))) - x;
        const bool clipped = x < lowest || x > highest;
        m_signal += x * x;
        m_clipped += clipped;
        (clipped ? m_clipping : m_rounding) += error * error;
    }
}

void RangeStats::addChannels(std::span<const float> values, const Shape& shape)
{
    const auto axis = m_channelAxis < 0 ? shape.size() - 1 : static_cast<std::size_t>(m_channelAxis);
    if (axis >= shape.size() || values.empty())
        return;
    const auto channels = static_cast<std::size_t>(shape[axis]);
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < shape.size(); ++i)
        inner *= static_cast<std::size_t>(shape[i]);
    if (m_channelMax.empty())
        m_channelMax.assign(channels, 0.0f);
    if (m_channelMax.size() != channels)
        return;
    for (std::size_t begin = 0; begin < values.size(); begin += inner) {
        float& most = m_channelMax[begin / inner % channels];
        for (const float value : values.subspan(begin, inner))
            if (std::isfinite(value))
                most = std::max(most, std::abs(value));
    }
}

void RangeStats::fill(AgainstRange& out) const
{
    out.stored = m_range;
    out.min = m_min;
    out.max = m_max;
    if (m_elements == 0) {
        out.sqnrDb = out.fittedSqnrDb = std::nan("");
        return;
    }
    out.clippedFraction = static_cast<double>(m_clipped) / static_cast<double>(m_elements);
    const double lowest = static_cast<double>(m_range.lowest()),
                 highest = static_cast<double>(m_range.highest());
    const double used = std::max(0.0, std::min(m_max, highest) - std::max(m_min, lowest));
    out.usedFraction = m_range.dynamic ? 1 : used / (highest - lowest);
    const double noise = m_rounding + m_clipping;
    out.sqnrDb = decibels(m_signal, noise);
    out.clippingShare = noise > 0 ? m_clipping / noise : 0;
    const double levels = static_cast<double>(m_range.highestCode() - m_range.lowestCode());
    const double step = (std::max(m_max, 0.0) - std::min(m_min, 0.0)) / levels;
    out.fittedSqnrDb = decibels(m_signal, static_cast<double>(m_elements) * step * step / 12);
    std::vector<double> channels;
    for (const float most : m_channelMax)
        if (most > 0)
            channels.push_back(static_cast<double>(most));
    if (channels.size() < 2)
        return;
    const auto widest = std::max_element(m_channelMax.begin(), m_channelMax.end());
    out.outlierChannel = static_cast<std::size_t>(widest - m_channelMax.begin());
    out.channelRatio = static_cast<double>(*widest) / medianOf(channels);
}

} // namespace quantoscope
