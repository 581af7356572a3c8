// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/exactlimit.h"
#include "core/quant/ranges/phasepass.h"
#include "core/quant/ranges/pointset.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// The range of least squared error Σ(x̂ - x)² of one set on the scheme's uniform grid: `range=mse`. Depends on bits, grid
/// and codes; rounding is half-even by division, the scale float32, whatever the scheme says.
///   One limit (symmetric grids, mid-rise; symmetric-signed on the side of the largest value): [-L, L], 0 < L ≤ max|x|; up to
///   8 bits within 0.1 % of the best of 4,000 evenly spaced L (LimitSearch; up to 256 elements ExactSteps, which misses none).
///   Two ends (offset, zero-point): [lo, hi]; within 1 % of the best of 400 × 400 ranges (IntervalSearch).
/// Sets of at most 65,536 elements are searched on the elements, larger ones on FloatBins; the two best ranges and min-max
/// are then judged on the elements with the engine's own arithmetic, so min-max is never better. Values that are not
/// finite are left out; an empty or constant set gets its minimum and maximum. The same answer for any thread count and
/// instruction set. An object may be used for one set after another, by one thread; large sets use the pool. Throws
/// Cancelled.
/// Source: Sung, Shin and Hwang, arXiv 1511.06488, section 3 (L2 error minimization); Banner et al., arXiv 1810.05723.
class MseSearch
{
public:
    /// `scheme`: format int; the range rule is not looked at.
    explicit MseSearch(const Scheme& scheme);
    ~MseSearch();

    Interval range(std::span<const float> values, std::stop_token stop = {});

    /// The same for the values counted in bins, judged on the middles of the bins.
    Interval range(const FloatBins& bins);

private:
    /// Ranges to judge, the best first, and min-max where that may be best.
    struct Shortlist
    {
        Interval ranges[3];
        std::size_t count = 0;
        bool withEnds = true; ///< min-max is not clearly worse
        void add(Interval range) { ranges[count++] = range; }
    };
    Shortlist shortlist();
    Shortlist shortLimits();
    Shortlist shortIntervals();
    double originFor(Interval ends) const;
    bool magnitudes() const;

    Scheme m_scheme;
    CodeRange m_codes;
    PointSet m_set;
    InnerPoints m_inner;
    ExactSteps m_steps;
};

} // namespace quantoscope
