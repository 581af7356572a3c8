// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quantoscope {

/// What turns the sums of one row of a tile into integers: y = factor · Σ c·p - rowSum · zero_n - rowZero · sum_n.
struct WideTerms
{
    std::int64_t factor = 1;
    std::int64_t rowSum = 0;
    std::int64_t rowZero = 0;
    const std::int64_t* zero = nullptr; ///< a column
    const std::int64_t* sum = nullptr;  ///< a column
};

/// The inner loops of products of int16 with int16, exact in int64, for `columns` outputs at a time. Thread-safe.
struct WideTile
{
    std::string_view name; ///< "vpdpwssd 12×32", …
    Isa isa = Isa::Scalar;
    int rows = 0; ///< at most; even
    int columns = 0;
    /// sums[rows][columns] = Σ activation · weight of activations [steps][rows][2] and panel [steps][columns][2], aligned to 64
    /// bytes. Sums of int32 are widened every `pairs` steps: see pairsBeforeOverflow.
    void (*multiply)(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                     std::size_t pairs, int rows, std::int64_t* sums) = nullptr;
    /// integers[columns] of one row; `high`, where not null, holds sums 256 times as large, to be added.
    void (*correct)(const WideTerms& terms, const std::int64_t* low, const std::int64_t* high,
                    std::int64_t* integers) = nullptr;
    /// totals[columns] += double(scale) · double(integer), the product rounded first.
    void (*accumulate)(const float* scale, const std::int64_t* integers, double* totals) = nullptr;
};

const WideTile& wideTile(Isa isa);

/// wideTile's for Avx512Vnni; null in builds for other processors.
const WideTile* wideVnniTile();

} // namespace quantoscope
