// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/grouped/groupedweights.h"
#include "core/kernels/isa.h"
#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Rows of int8 activations in the order in which grouped weights are read, filled up with zeros.
/// Rows are cut into blocks of nearly equal size; a block is [groups][steps][rows of the block][4 codes] of int8 or, where `wide`,
/// of int16 with codes 0, 2, 1, 3 of a step.
struct GroupedActivations
{
    Isa isa = Isa::Scalar;
    std::size_t rows = 0;
    std::size_t depth = 0;
    bool wide = false;
    std::vector<std::size_t> blocks; ///< first row of each block, then `rows`
    std::size_t rowBytes = 0;        ///< packed
    std::size_t groups = 0;
    AlignedBuffer<std::byte> codes; ///< block b from blocks[b]·rowBytes
    std::vector<std::int32_t>
        sums; ///< Σ p of a group: block b from blocks[b]·groups, [groups][rows of the block]
    std::vector<std::int32_t>
        starts;               ///< floatBias (but in General mode) - zero·sum where the weights have one zero
    std::vector<float> scale; ///< a of a row: x̂ = a·p + d
    std::vector<float> shift; ///< d of a row
};

/// values [rows][depth] with `stride` elements from row to row; `terms` one a row (its `sum` is not read); `factor` fa = 1 or 2.
/// Good for products with weights of the layout and zero of `weights` on the same Isa. Throws Error(InvalidArgument) where the
/// sizes contradict each other; Cancelled. In parallel.
GroupedActivations packGroupedActivations(const GroupedWeights& weights, std::size_t rows,
                                          const std::int8_t* values, std::size_t stride,
                                          std::span<const RowTerms> terms, std::int32_t factor, Isa isa,
                                          std::stop_token stop = {});

} // namespace quantoscope
