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

/// What turns the totals of one row of a tile into reals: clamp(scale · total + added + offset · columnSum + bias), in this order.
struct WideRowEnd
{
    double scale = 1;
    double offset = 0;
    const double* added = nullptr;     ///< a column; null: none
    const double* columnSum = nullptr; ///< a column; null: none
    const float* bias = nullptr;       ///< a column; null: none
    float low = 0;                     ///< clamped to [low, high] where low < high
    float high = 0;
};

/// acc[rows][columns] = Σ activation · weight in int32 of activations [steps][rows][2] and panel [steps][columns][2]; both and acc
/// aligned to 64 bytes. For one number of rows.
using WideRows = void (*)(const std::int16_t* activations, const std::int16_t* panel, std::size_t steps,
                          std::int32_t* acc);

/// The inner loops of products of int16 with int16 for `columns` outputs at a time. Thread-safe.
struct WideTile
{
    std::string_view name; ///< "vpdpwssd 12×32", …
    Isa isa = Isa::Scalar;
    int rows = 0; ///< at most; even
    int columns = 0;
    const WideRows* multiply = nullptr; ///< [rows - 1]: for 1 … `rows` rows
    /// sums[i] = acc[i], or += where not `first`
    void (*widen)(const std::int32_t* acc, int count, bool first, std::int64_t* sums) = nullptr;
    /// integers[columns] of one row; `high`, where not null, holds sums 256 times as large, to be added.
    void (*correct)(const WideTerms& terms, const std::int64_t* low, const std::int64_t* high,
                    std::int64_t* integers) = nullptr;
    /// totals[columns] += double(scale) · double(integer), the product rounded first; the totals start at 0 where `first`.
    void (*accumulate)(const float* scale, const std::int64_t* integers, bool first,
                       double* totals) = nullptr;
    /// out[columns]
    void (*finish)(const WideRowEnd& end, const double* totals, float* out) = nullptr;
};

/// Rows and columns of the largest tile.
inline constexpr int wideMaxRows = 12;
inline constexpr int wideMaxColumns = 32;

const WideTile& wideTile(Isa isa);

/// wideTile's multiply for Avx512Vnni, 12 × 32; null in builds for other processors.
const WideRows* wideVnniRows();

/// sums[rows][columns] = Σ activation · weight, exact: int32 sums are widened every `pairs` ≥ 1 steps, see pairsBeforeOverflow.
void multiplyWideTile(const WideTile& tile, const std::int16_t* activations, const std::int16_t* panel,
                      std::size_t steps, std::size_t pairs, int rows, std::int64_t* sums);

} // namespace quantoscope
