// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Where grouped weights lie: panels of 16 outputs, each one stream of groups; a group is
///   [16 scales][16 zeros][16 offsets][chunks of codes]
/// with zeros only where they vary and offsets only where there are any. Codes are stored in `storedBits` bits, cut into planes of
/// widths 8, 4, 2, 1, widest first = lowest bits. A step is 4 codes of each output; a chunk of `chunkSteps` steps holds, plane by
/// plane, vectors of 64 bytes [16 outputs][4 codes]; bits [f·w, (f + 1)·w) of vector v of a plane of width w are step
/// v·(8 / w) + f. Each group is filled up to whole chunks. The same on every instruction set.
struct GroupedLayout
{
    static constexpr std::size_t columns = 16;
    static constexpr std::size_t step = 4;
    static constexpr std::size_t vectorBytes = columns * step;

    Depth depth;
    int storedBits = 8; ///< ≥ the bits of a code: what makes the stream shortest with its filling
    std::size_t chunkSteps = 1;
    std::size_t scaleBytes = 4;  ///< 2: binary16, where every scale is one
    std::size_t zeroBytes = 0;   ///< 0: one for the matrix; 1: 0…255; 4
    std::size_t offsetBytes = 0; ///< 0: none; 2: binary16; 4

    std::size_t groups() const { return depth.runs(); }
    std::size_t chunksOf(std::size_t codes) const
    {
        return (codes + chunkSteps * step - 1) / (chunkSteps * step);
    }
    std::size_t chunks(std::size_t group) const { return chunksOf(depth.sizeOf(group)); }
    std::size_t steps(std::size_t group) const { return chunks(group) * chunkSteps; }
    /// Of all groups of an output.
    std::size_t totalSteps() const;

    std::size_t chunkBytes() const
    {
        return static_cast<std::size_t>(storedBits) * chunkSteps * vectorBytes / 8;
    }
    std::size_t headerBytes() const { return columns * (scaleBytes + zeroBytes + offsetBytes); }
    std::size_t groupBytes(std::size_t group) const { return headerBytes() + chunks(group) * chunkBytes(); }
    std::size_t panelBytes() const;
};

/// Weights of at most 8 bits with one scale (and zero, and offset) for each group, packed for any instruction set.
/// Integers e = factor·code - zero; where there is a table the stored byte is table[code] + zero.
struct GroupedWeights
{
    std::size_t outputs = 0;
    int bits = 8;
    GroupedLayout layout;
    std::int32_t factor = 1;
    std::int32_t zero = 0;           ///< of all groups, where layout.zeroBytes is 0
    std::vector<std::uint8_t> table; ///< empty, or a byte for each of 2^bits codes
    std::int64_t largestSum = 0;     ///< |Σ e·p| of a group is at most that
    std::vector<float> sums;         ///< Σ_k ŵ of an output: in double, groups in order, rounded once
    AlignedBuffer<std::byte> stream; ///< [panels], each padded to whole cache lines

    std::size_t panels() const { return (outputs + GroupedLayout::columns - 1) / GroupedLayout::columns; }
    std::size_t panelStride() const { return (layout.panelBytes() + 63) / 64 * 64; }
    const std::byte* panel(std::size_t index) const { return stream.data() + index * panelStride(); }
    /// Everything a product reads: codes with their filling, scales, zeros, offsets, sums.
    std::size_t sizeBytes() const { return stream.size() + sums.size() * sizeof(float) + table.size(); }
};

/// Packs a matrix; one that is not `grouped` counts as one group an output. Scales and offsets must be finite (NaN and infinities
/// are multiplied as they are). Throws Error(InvalidArgument) where matrix.validate() does or where the sums of a group may leave
/// int32 (size of the group · largest |e| · 128 > 2^31 - 1); Error(Unsupported) for more than 8 bits or a table that spans more
/// than 255; Cancelled. In parallel; the result never depends on the threads.
GroupedWeights packGrouped(const CodeMatrix& matrix, std::stop_token stop = {});

} // namespace quantoscope
