// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/output/epilogue.h"
#include "core/kernels/planes/weightplanes.h"

#include <vector>

namespace quantoscope {

/// Weights of 1 … 8 bits ready to be multiplied: their planes and what the epilogue needs of each output.
struct PackedWeights
{
    WeightPlanes planes;
    std::int32_t factor = 1;
    std::vector<std::int32_t> zero; ///< of what decoded panels hold: a table's shift included
    std::vector<std::int32_t> sum;  ///< Σ e over the depth
    std::vector<float> scale;
    std::vector<float> offset;       ///< empty: none
    std::int64_t largestInteger = 0; ///< CodeMatrix::largestInteger()
    double packSeconds = 0;

    /// Bytes of planes and terms.
    std::uint64_t size() const;
    /// The terms from one output on.
    ColumnTerms columns(std::size_t first) const;
};

/// Throws Error(InvalidArgument) as packPlanes, and for weights with a set for each run. Parallel; throws Cancelled.
PackedWeights packWeights(const CodeMatrix& weights, Isa isa, std::stop_token stop = {});

} // namespace quantoscope
