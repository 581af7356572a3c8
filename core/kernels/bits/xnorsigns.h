// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// Words of 64 signs that one row takes: each run is padded to whole words with bits 0.
std::size_t signWords(const Depth& depth);

/// Binary activations: rows of signs, bit i of a word the i-th value of its run, 1 for +1 and 0 for -1.
struct SignRows
{
    std::size_t rows = 0;
    Depth depth;
    std::vector<float> scales;          ///< a row's value is scale · sign; empty: 1
    AlignedBuffer<std::uint64_t> words; ///< [rows][signWords(depth)]
    std::vector<std::int32_t> sums;     ///< Σ of the signs of each row

    const std::uint64_t* row(std::size_t index) const { return words.data() + index * signWords(depth); }
};

/// Signs of `values` [rows][depth.depth] into `into`, whose memory is used again where it fits and whose scales are cleared:
/// +1 where x ≥ 0, -0 included, else -1; NaN is -1. Throws Error(InvalidArgument) where sizes contradict each other.
void packSigns(std::span<const float> values, std::size_t rows, const Depth& depth, SignRows& into);
void packSigns(std::span<const std::int8_t> values, std::size_t rows, const Depth& depth, SignRows& into);

/// Rows = outputs, code 1 is +1 and 0 is -1; `scales` of the codes are left out. Throws Error(InvalidArgument) unless bits = 1.
SignRows packSigns(const CodeMatrix& codes);

} // namespace quantoscope
