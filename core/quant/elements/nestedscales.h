// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// The scales of blocks, themselves quantized: less their mean, in groups of 256, each divided by its largest magnitude
/// and coded by the 8-bit dynamic map. Source: Dettmers et al., QLoRA, arXiv 2305.14314, section 3; group size and
/// map as in bitsandbytes, which codes the elements with the scales as they were and decodes them with these.
struct NestedScales
{
    static constexpr std::size_t groupSize = 256;

    std::vector<std::uint8_t> codes; ///< one per block
    std::vector<float> groupScales;  ///< one per 256 blocks; 0 where all blocks of the group have the mean
    float mean = 0;

    /// The scale that decoding uses; may be 0 or slightly negative for a block far below the others.
    float scale(std::size_t block) const;
    /// What is stored beside the elements: a byte a block, 4 bytes a group, 4 for the mean.
    std::size_t bytes() const { return bytesFor(codes.size()); }
    static constexpr std::size_t bytesFor(std::size_t blocks)
    {
        return blocks + 4 * ((blocks + groupSize - 1) / groupSize) + 4;
    }
};

/// scales: the float32 scales (largest magnitudes) of the blocks in order, finite.
NestedScales nestScales(std::span<const float> scales);

/// The 256 values of the dynamic map, ascending, in (-1, 1]: 0, 1 and ±10^(i-6) times the centres of 2^i equal parts of
/// [0.1, 1], i = 0 … 6. Source: Dettmers, arXiv 1511.04561.
std::span<const float> dynamicMap();

} // namespace quantoscope
