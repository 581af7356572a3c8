// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizepack.h"

#include "core/kernels/input/interleave.h"
#include "core/kernels/input/rowsum.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t groupRows = 16;    ///< quantized before they are interleaved
constexpr std::size_t pieceBytes = 2048; ///< of a row; 16 of them and the floats fit the first-level cache

/// Rows of one block, piece by piece.
class BlockPacker
{
public:
    BlockPacker(const FloatRows& input, const Depth& depth, PackedActivations& into)
        : m_input(input), m_depth(depth), m_into(into), m_kernel(quantizer(into.isa)),
          m_interleave(interleaver(into.isa)), m_step(static_cast<std::size_t>(into.step))
    {
        // Runs of whole steps follow each other without padding.
        if (m_depth.run % m_step == 0)
            m_depth.run = m_depth.depth;
    }

    /// Rows [first, first + count) of a block, count ≤ groupRows. Returns the values that were not finite.
    std::size_t pack(const RowBlock& block, std::size_t first, std::size_t count, const RowRules& ruleOf)
    {
        for (std::size_t r = 0; r < count; ++r) {
            m_rules[r] = ruleOf(first + r);
            m_sums[r] = {};
        }
        std::byte* to = m_into.row(block, first);
        const auto stride = static_cast<std::size_t>(PackedActivations::strideOf(block));
        const std::size_t pieceCodes = pieceBytes / 4 * m_step;
        for (std::size_t run = 0; run < m_depth.runs(); ++run) {
            const std::size_t size = m_depth.sizeOf(run);
            for (std::size_t at = 0; at < size; at += pieceCodes) {
                const std::size_t codes = std::min(pieceCodes, size - at);
                const std::size_t steps = (codes + m_step - 1) / m_step;
                packPiece(first, count, run * m_depth.run + at, codes, steps, to, stride);
                to += steps * stride;
            }
        }
        return finish(first, count);
    }

private:
    void packPiece(std::size_t first, std::size_t count, std::size_t begin, std::size_t codes,
                   std::size_t steps, std::byte* to, std::size_t stride)
    {
        // One row alone is in its order already.
        const bool direct = stride == 4;
        alignas(64) std::array<std::byte, groupRows * pieceBytes> scratch;
        for (std::size_t r = 0; r < count; ++r) {
            std::byte* row = direct ? to : scratch.data() + r * pieceBytes;
            if (codes % m_step != 0)
                std::memset(row + 4 * (steps - 1), 0, 4);
            const PackedSum sum =
                quantizePiece(m_input.row(first + r) + begin, codes, m_rules[r].quantize, row);
            m_sums[r].sum += sum.sum;
            m_sums[r].nonFinite += sum.nonFinite;
        }
        if (!direct)
            m_interleave(scratch.data(), pieceBytes, count, steps, to, stride);
    }

    PackedSum quantizePiece(const float* x, std::size_t codes, const QuantizeRule& rule, std::byte* to) const
    {
        if (m_step == 4)
            return m_kernel.toInt8(x, codes, rule, reinterpret_cast<std::int8_t*>(to));
        return m_kernel.toInt16(x, codes, rule, reinterpret_cast<std::int16_t*>(to));
    }

    std::size_t finish(std::size_t first, std::size_t count)
    {
        std::size_t nonFinite = 0;
        for (std::size_t r = 0; r < count; ++r) {
            m_into.terms[first + r] = m_rules[r].terms;
            m_into.terms[first + r].sum = sumOfRow(m_sums[r].sum, first + r);
            nonFinite += m_sums[r].nonFinite;
        }
        return nonFinite;
    }

    const FloatRows& m_input;
    Depth m_depth;
    PackedActivations& m_into;
    const Quantizer& m_kernel;
    Interleave m_interleave;
    std::size_t m_step;
    std::array<RowRule, groupRows> m_rules;
    std::array<PackedSum, groupRows> m_sums;
};

} // namespace

std::size_t quantizeAndPack(Isa isa, const FloatRows& input, const ActivationRules& rules, const Depth& depth,
                            std::int32_t factor, PackedActivations& into, std::stop_token stop)
{
    if (input.depth != depth.depth)
        throw Error(ErrorCode::InvalidArgument, "Activations of depth " + std::to_string(input.depth)
                                                    + " cannot be packed for a depth of "
                                                    + std::to_string(depth.depth) + ".");
    const RowRules ruleOf(isa, input, rules, 8, stop);
    into.layOut(isa, depth, input.rows);
    into.factor = factor;
    std::vector<std::size_t> nonFinite(into.blocks.size());
    const auto packBlock = [&](std::size_t index) {
        const RowBlock& block = into.blocks[index];
        BlockPacker packer(input, depth, into);
        const auto rows = static_cast<std::size_t>(block.rows);
        for (std::size_t r = 0; r < rows; r += groupRows)
            nonFinite[index] += packer.pack(block, block.first + r, std::min(groupRows, rows - r), ruleOf);
    };
    if (into.blocks.size() == 1)
        packBlock(0);
    else
        parallelFor(into.blocks.size(), packBlock, stop);
    std::size_t all = 0;
    for (const std::size_t count : nonFinite)
        all += count;
    return all;
}

} // namespace quantoscope
