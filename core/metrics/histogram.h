// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// Equal bins over [lo, hi], last bin closed. Bin of x: floor(float32((x - lo) · float32(bins/(hi - lo)))), clamped.
/// Elements outside, NaN and infinities are counted apart.
struct Histogram
{
    double lo = 0;
    double hi = 1;
    std::vector<std::uint64_t> counts;
    std::uint64_t below = 0;
    std::uint64_t above = 0;
    std::uint64_t notFinite = 0;

    double binWidth() const { return (hi - lo) / static_cast<double>(counts.size()); }
    double binCentre(std::size_t bin) const { return lo + (static_cast<double>(bin) + 0.5) * binWidth(); }
    /// Adds the counts of a histogram over the same bins.
    void merge(const Histogram& other);
};

/// lo < hi finite, bins ≥ 1. Runs in parallel; the result does not depend on the split.
Histogram histogram(std::span<const float> values, double lo, double hi, std::size_t bins);

/// A histogram of a stream whose range is not known before: bins of a power-of-two width w with edges at k·w,
/// 2·halfBins of them around 0. w depends on the largest finite |x| seen alone (smallest w with
/// max|x| < halfBins·w), and a wider batch merges neighbouring bins exactly: the same answer whatever the split
/// into batches. Memory: 2·halfBins counts. NaN and infinities are counted apart.
class StreamingHistogram
{
public:
    explicit StreamingHistogram(std::size_t halfBins = 4096); ///< a power of two
    void add(std::span<const float> values);
    void merge(const StreamingHistogram& other);
    /// Nothing added yet, or only zeros: binWidth 0 and all zeros in one count.
    double binWidth() const { return m_width; }
    std::uint64_t count() const; ///< finite elements
    std::uint64_t notFinite() const { return m_notFinite; }
    /// counts()[i] covers [(i - halfBins)·w, (i - halfBins + 1)·w).
    const std::vector<std::uint64_t>& counts() const { return m_counts; }

private:
    void widenTo(double absMax);
    std::size_t m_half;
    double m_width = 0;
    std::vector<std::uint64_t> m_counts;
    std::uint64_t m_notFinite = 0;
};

} // namespace quantoscope
