// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/floatbins.h"
#include "core/quant/scheme.h"

#include <cstdint>
#include <span>
#include <stop_token>

namespace quantoscope {

/// How `range=entropy` counts and codes. Grids of one limit: |x| in bins over [0, max|x|], coded in 2^(b-1) cells (128 at 8
/// bits). Grids of two ends: x in bins over [min, max], coded in 2^b cells. 2048 bins, and 16 × cells where that is more
/// (cells > bins/8). Throws Error(SchemeMismatch) naming range=mse where it would be above 2^18.
struct EntropyPlan
{
    bool magnitudes = true;
    std::size_t cells = 128;
    std::size_t bins = 2048;
};
EntropyPlan entropyPlan(const Scheme& scheme);

/// Bins [first, last) of a histogram.
struct BinSlice
{
    std::size_t first = 0;
    std::size_t last = 0;
    bool operator==(const BinSlice&) const = default;
};

/// KL(P‖Q) in nats of coding a slice: P are its counts with everything outside added to its end bins; Q spreads the count of
/// each of `cells` equal runs of bins (without what lies outside) over those of its bins that P has; both normalized. A bin of P
/// without Q (only outside elements fall in it) gets 1e-4 of an element. Runs: bins first + ⌊j·n/cells⌋ on.
/// The direct form, O(bins); the search finds the same from prefix sums.
double entropyDivergence(std::span<const std::uint64_t> counts, BinSlice slice, std::size_t cells);

/// The slice of least KL(P‖Q) among [anchor - k, anchor + k) cut to the histogram, of `cells` bins or more (at most 2048 of them,
/// evenly). Of equal ones the widest. O(candidates · cells). Throws Cancelled.
BinSlice leastDivergence(std::span<const std::uint64_t> counts, std::size_t anchor, std::size_t cells,
                         std::stop_token stop = {});

/// The range that `range=entropy` gives one set. Exact zeros are left out: grids with an exact zero code them without loss, and
/// the spike that ReLU leaves would outweigh everything else. Ranges are [-T, T] cut to the values,
/// where these lie on one side of 0 counted from the end nearest to it. NaN and infinities
/// are left out; an empty or constant set gets its minimum and maximum. Depends on grid and bits. Errors as entropyPlan().
/// Source: Migacz, 8-bit Inference with TensorRT, GTC 2017, with the choices above.
Interval entropyRange(std::span<const float> values, const Scheme& scheme, std::stop_token stop = {});

/// The same for a stream: bins of the power-of-two width that gives 2048 … 4095 of them up to max|x|, each the sum of whole
/// FloatBins. Throws Error(SchemeMismatch) naming range=mse where more than 2048 bins are wanted.
Interval entropyRange(const FloatBins& bins, const Scheme& scheme);

} // namespace quantoscope
