// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantoscope {

/// Where the codes of one output lie along the reduction axis. It is cut into runs of `run` codes, the last may be short; kernels
/// pad each run with zeros to a whole number of their steps. What is a run: one group of a grouped scheme; the channels of one
/// tap of a convolution; otherwise the whole depth.
struct Depth
{
    std::size_t depth = 0; ///< codes of one output
    std::size_t run = 0;   ///< ≥ 1 unless depth is 0

    std::size_t runs() const { return depth == 0 ? 0 : (depth + run - 1) / run; }
    std::size_t sizeOf(std::size_t index) const { return index + 1 == runs() ? depth - index * run : run; }
    bool operator==(const Depth&) const = default;
};

/// A quantized weight matrix as unsigned codes with what they stand for:
///   integer e = factor · code - zero        (integers multiply and add up exactly)
///   value   x̂ = scale · e + offset
/// The grids of core/quant in this form, u = q - qmin the code:
///   symmetric*, zero-point   factor 1, zero = z - qmin, scale s
///   offset                   factor 1, zero 0, scale s, offset lo
///   mid-rise                 factor 2, zero 2^bits - 1, scale s/2: odd integers, no offset
///   binary                   factor 2, zero 1, scale α; about a mean: factor 1, zero 0, scale 2α, offset m - α
///   ternary                  factor 1, zero 1, scale α
/// A table of levels replaces the code by an integer: e = table[code] (factor 1, zero 0).
struct CodeMatrix
{
    std::size_t outputs = 0;
    Depth depth;                      ///< its runs are the groups of `scale` where `grouped`
    int bits = 8;                     ///< 1 … 16: every code < 2^bits
    std::vector<std::uint16_t> codes; ///< [outputs][depth.depth]
    std::vector<std::int16_t> table;  ///< empty, or 2^bits integers
    std::int32_t factor = 1;          ///< 1 or 2
    bool grouped = false;             ///< one set for each run of each output; else one for each output

    // One a set: [outputs][runs] where grouped, else [outputs].
    std::vector<std::int32_t> zero;
    std::vector<float> scale;
    std::vector<float> offset; ///< empty: none

    std::size_t setsPerOutput() const { return grouped ? depth.runs() : 1; }

    /// Largest |e| that any code of any set can stand for.
    std::int64_t largestInteger() const;

    /// Throws Error(InvalidArgument) where sizes or codes contradict each other.
    void validate() const;
};

} // namespace quantoscope
