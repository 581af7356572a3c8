// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/output/epilogue.h"
#include "core/kernels/tile.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Rows that one tile multiplies.
struct RowBlock
{
    std::size_t first = 0;
    int rows = 0;
    std::size_t offset = 0; ///< bytes
};

/// Activations of at most 8 bits as tile kernels read them: blocks of rows, each [steps][rows of the block][step] of int8 (step 4)
/// or int16 (step 2): 4 bytes a row and step. Runs are padded with 0 to whole steps as those of the weights. The blocks are as even
/// as can be: 32 rows for tiles of 12 are 11 + 11 + 10.
struct PackedActivations
{
    Isa isa = Isa::Scalar;
    int step = 2;
    Depth depth;
    std::size_t rows = 0;
    std::size_t steps = 0;
    std::int32_t factor = 1; ///< fa
    std::vector<RowBlock> blocks;
    std::vector<RowTerms> terms; ///< one a row
    /// Kernels may read, but never use, some bytes behind the last block.
    AlignedBuffer<std::byte> bytes;

    /// Sets all but the values and terms; memory is kept where it suffices. Values are undefined.
    void layOut(Isa isa, const Depth& depth, std::size_t rows);
    /// Step 0 of a row, its next steps are strideOf(block) bytes apart.
    std::byte* row(const RowBlock& block, std::size_t row);
    static std::ptrdiff_t strideOf(const RowBlock& block) { return std::ptrdiff_t{4} * block.rows; }
    /// Largest |fa·p - zero| that an int8 p can stand for in any row.
    std::int64_t largestInteger() const;
};

/// `values` [rows][depth.depth] row-major, p as it is multiplied. `terms`: one a row, their sums are filled in here.
/// `into` may be reused: no memory is mapped again. Parallel over blocks; throws Cancelled.
void packActivations(const std::int8_t* values, std::span<const RowTerms> terms, const Depth& depth, Isa isa,
                     PackedActivations& into, std::stop_token stop = {});

/// Packs one row (Σ p is returned) and pads it.
std::int32_t packRow(const std::int8_t* values, const Depth& depth, int step, std::byte* to,
                     std::ptrdiff_t stride);

} // namespace quantoscope
