// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/wide/wideweights.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// Activations of up to 16 bits: packed integer p of row m stands for the integer factor·p - zero_m and for the value
/// scale_m · (factor·p - zero_m) + offset_m. Nothing is owned.
struct WideActivations
{
    std::span<const std::int16_t> values; ///< [rows][depth]
    std::size_t rows = 0;
    std::size_t depth = 0;
    int bits = 16; ///< 1 … 16: all values lie in [-2^(bits-1), 2^(bits-1) - 1]; fewer bits are faster
    std::int32_t factor = 1;
    std::span<const std::int32_t> zero; ///< [rows]; empty: 0
    std::span<const float> scale;       ///< [rows]; empty: 1
    std::span<const float> offset;      ///< [rows]; empty: 0
};

/// Rows packed for one matrix of weights: blocks [steps][rows of the block][2], as even as the tile's rows allow. Where an int32
/// would hold too few pairs each row becomes two, of its values' low and high bytes, both signed: value = low + 256 · high.
class WideBlocks
{
public:
    /// Throws Error(InvalidArgument) for sizes that do not match the weights and values beyond their bits; Cancelled.
    WideBlocks(const WideActivations& input, const WideWeights& weights, std::stop_token stop = {});

    bool split() const { return m_split; }
    /// Steps between two widenings of sums.
    std::size_t pairs() const { return m_pairs; }
    std::size_t count() const { return m_blocks; }
    std::size_t firstRow(std::size_t block) const { return m_first[block]; }
    std::size_t rowsOf(std::size_t block) const { return firstRow(block + 1) - firstRow(block); }
    /// Rows of the tile: twice as many where split.
    std::size_t tileRowsOf(std::size_t block) const { return rowsOf(block) * (m_split ? 2 : 1); }
    const std::int16_t* at(std::size_t block, std::size_t step) const
    {
        return m_values.data() + placeOf(block, step);
    }

    /// Σ p over a part of the depth.
    std::int64_t sum(std::size_t row, std::size_t part) const { return m_sums[row * m_parts + part]; }

private:
    std::size_t placeOf(std::size_t block, std::size_t step) const;
    void packBlock(const WideActivations& input, const WideWeights& weights, std::size_t block);
    void packRun(const std::int16_t* from, std::size_t size, std::size_t width, std::int16_t* to) const;

    bool m_split = false;
    std::size_t m_pairs = 1;
    std::size_t m_rows;
    std::size_t m_blocks = 0;
    std::vector<std::size_t> m_first; ///< [blocks + 1]
    std::size_t m_steps;
    std::size_t m_parts;
    AlignedBuffer<std::int16_t> m_values;
    std::vector<std::int64_t> m_sums;
};

} // namespace quantoscope
