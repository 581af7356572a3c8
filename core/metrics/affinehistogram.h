// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/histogram.h"

namespace quantoscope {

/// u = float32(float32((x - offset) / scale) + shift).
struct Affine
{
    float offset = 0;
    float scale = 1; ///< not 0
    float shift = 0;
};

/// Counts transformed values into the bins of a Histogram, at the speed of one counter update a value. One thread.
class AffineHistogram
{
public:
    /// lo < hi finite, bins 1 … 2^20.
    AffineHistogram(double lo, double hi, std::size_t bins);
    void add(std::span<const float> values, const Affine& transform);
    Histogram result() const;

private:
    double m_lo, m_hi;
    /// below, the bins, above, not finite
    std::vector<std::uint64_t> m_slots;
};

} // namespace quantoscope
