// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/floatbins.h"
#include "core/quant/scheme.h"

#include <span>

namespace quantoscope {

/// Finds the range of one set whose values come in batches, in bounded memory: FloatBins for the rules that look at the
/// distribution (about 1 MiB, 8 MiB at most), two numbers for the others. The answer is the same, bit for bit, whatever the
/// split into batches and the order of merging, for every rule but ema. Per rule:
///   minmax, ratio, manual, dynamic   exact, as for a tensor in memory
///   percentile   off by less than the width of its bin, 2^-11 of the value
///   mse          searched and judged on the middles of the bins; min-max is never better by that measure
///   entropy      on 2048 … 4095 bins of a power-of-two width; up to 9 bits, with two ends 8
///   aciq, sigma  from the counts: mean within 2^-12 · mean|x|, deviations within 2^-11 · √(mean x²)
///   ema          min ← (1 - a)·min + a·(batch's minimum), the same of the maximum, in double, from the first batch on: depends on the
///                batches and their order by definition
/// NaN and infinities are left out, and counted; without finite values the range is [0, 0] (manual: as given).
/// One object for one thread; several are merged.
class RangeObserver
{
public:
    /// `scheme`: format int; granularity is not looked at. Throws Error(SchemeMismatch) naming range=mse for an entropy that no
    /// stream can have.
    explicit RangeObserver(const Scheme& scheme);

    void add(std::span<const float> batch);

    /// Adds what another observer of the same scheme saw. Throws Error(InvalidArgument) for ema, whose answer depends on an order
    /// that two observers do not know, and for another scheme.
    void merge(const RangeObserver& other);

    Interval range() const;

    std::uint64_t finite() const { return m_finite; }
    std::uint64_t notFinite() const { return m_notFinite; }

private:
    bool needsBins() const;
    Interval percentile() const;

    Scheme m_scheme;
    FloatBins m_bins;
    Interval m_ends;
    double m_movingLo = 0; ///< ema
    double m_movingHi = 0;
    std::uint64_t m_finite = 0;
    std::uint64_t m_notFinite = 0;
};

} // namespace quantoscope
