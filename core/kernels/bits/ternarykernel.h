// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quantoscope {

/// The inner loop of ternary products without multiplications: an activation is added to the outputs whose weight is +1 and
/// taken from those whose weight is -1. Sums are kept in int16 and widened before one could overflow.
/// A step of a panel is `columns` bits for +1, then `columns` bits for -1, lowest bit first. Exact; thread-safe.
struct TernaryKernel
{
    std::string_view name; ///< "masked add/subtract 4×128", …
    Isa isa = Isa::Scalar;
    int columns = 0; ///< a multiple of 8
    int rows = 0;    ///< at most, ≥ 1
    /// sums[rows][columns] over `depth` steps; row r of the activations starts at input + r · rowStride.
    void (*multiply)(const std::int8_t* input, std::size_t rowStride, std::size_t depth,
                     const std::uint8_t* panel, int rows, std::int32_t* sums) = nullptr;
};

/// Bounds for buffers of one tile.
constexpr int ternaryMostRows = 4;
constexpr int ternaryMostColumns = 128;
/// Steps whose int16 sums cannot overflow: 255 · 128 < 2^15.
constexpr std::size_t ternarySteps = 255;

const TernaryKernel& ternaryKernel(Isa isa);

} // namespace quantoscope
