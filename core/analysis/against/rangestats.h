// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/against.h"

#include <span>

namespace quantoscope {

/// What goes through a stored range, added up batch by batch. Values that are not finite are left out.
class RangeStats
{
public:
    /// `channelAxis`: of the tensors that come; -1: the last.
    RangeStats(StoredRange range, int channelAxis) : m_range(range), m_channelAxis(channelAxis) {}

    void add(const Tensor& values);
    /// Everything but place and value.
    void fill(AgainstRange& out) const;
    const std::vector<float>& channelMax() const { return m_channelMax; }

private:
    void addChannels(std::span<const float> values, const Shape& shape);

    StoredRange m_range;
    int m_channelAxis;
    double m_min = 0, m_max = 0;
    double m_signal = 0, m_rounding = 0, m_clipping = 0;
    std::uint64_t m_elements = 0, m_clipped = 0;
    std::vector<float> m_channelMax;
};

} // namespace quantoscope
