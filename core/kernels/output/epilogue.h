// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// What a row of a product carries besides its sums. Packed activation p stands for the integer fa·p - zero and for the value
/// scale · (fa·p - zero) + offset.
struct RowTerms
{
    float scale = 1;
    float offset = 0;
    std::int32_t zero = 0;
    std::int32_t sum = 0; ///< Σ p over the row
};

/// What the columns (outputs) of a product carry; weight code c stands for fw·c - zero and scale · (fw·c - zero) + offset.
/// Pointers to one element a column, aligned or not; null where said.
struct ColumnTerms
{
    const std::int32_t* zero = nullptr; ///< null: all 0
    /// Σ (fw·c - zero) over the depth that lies on real input (not on padding); null where no row has a zero or offset.
    const std::int32_t* sum = nullptr;
    const float* scale = nullptr;  ///< read by toFloat alone
    const float* offset = nullptr; ///< null: none
    std::int32_t depth = 0;        ///< how many products those are
};

/// The same for a whole product.
struct ProductFactors
{
    std::int32_t weight = 1;     ///< fw
    std::int32_t activation = 1; ///< fa
};

/// y = fw·fa·acc - fa·zero_n·sum_m - zero_m·sum_n = Σ (fw·c - zero_n)(fa·p - zero_m), exact in int32 where the result fits:
/// the identities of definitions for zero points, `mid-rise` and `offset`. Padding has p = 0 and counts in no sum.

/// Fixed-point multiplier M ≈ mantissa · 2^(shift - 31), mantissa in [2^30, 2^31) or 0; shift > 0 where M ≥ 1.
struct FixedPoint
{
    std::int32_t mantissa = 0;
    std::int32_t shift = 0;
};

/// How an int32 becomes an int8. requantize.h has the formulas and where multipliers come from.
///   GemmlowpDouble  saturating rounding doubling high multiplication, then a rounding right shift, half away from zero: two
///                   roundings. Source: gemmlowp's fixedpoint.h; Jacob et al., arXiv 1712.05877, section 2.2
///   Single          one rounding of the 64-bit product, half up. Source: TensorFlow Lite, TFLITE_SINGLE_ROUNDING
///   Float           float32(y) · float32 multiplier, half to even, as ONNX Runtime's QLinear operators
enum class Requantization { GemmlowpDouble, Single, Float };

/// y + bias (saturated to int32), times the multiplier, rounded, + zeroPoint, clamped: int8 or uint8.
struct QuantizedOutput
{
    Requantization rule = Requantization::Single;
    const std::int32_t* bias = nullptr;      ///< a column; null: none. At scale s_x·s_w
    const FixedPoint* multipliers = nullptr; ///< a column; GemmlowpDouble and Single
    const float* floatMultipliers = nullptr; ///< a column; Float
    std::int32_t zeroPoint = 0;
    std::int32_t low = -128; ///< the clamp, fused activation functions included
    std::int32_t high = 127;
};

/// real value + bias → float: scale_m·scale_n·y + offset_n·Σ x̂_m + offset_m·scale_n·Σ(fw·c - zero_n), then the clamp. Every
/// operation rounds to float32, in this order:
///   v = float(y) · (scale_m · scale_n)
///   v + offset_n · (scale_m · float(fa·sum_m - zero_m·depth) + offset_m · float(depth))   where columns have offsets
///   v + offset_m · (scale_n · float(sum_n))                                               where offset_m is not 0
///   v + bias_n                                                                            where there is a bias
///   v > low ? v : low, then < high ? that : high                                          where low < high
struct FloatOutput
{
    const float* bias = nullptr; ///< a column; null: none
    float low = 0;               ///< clamped to [low, high] where low < high
    float high = 0;
};

/// `rows` × `columns` sums of a tile.
struct TileSums
{
    const std::int32_t* acc = nullptr;
    std::size_t stride = 0; ///< elements from row to row
    int rows = 0;
    int columns = 0;
};

/// The last step of every int32 product. `out` is row-major with `stride` elements from row to row and may start where `acc`
/// does (toInt32, toFloat; same stride); no byte behind the last column of any array is read or written. Scales, offsets and
/// multipliers are finite. The same bits on every instruction set. Thread-safe.
struct Epilogue
{
    void (*toInt32)(const TileSums&, const ProductFactors&, const RowTerms*, const ColumnTerms&,
                    std::int32_t* out, std::size_t stride);
    void (*toFloat)(const TileSums&, const ProductFactors&, const RowTerms*, const ColumnTerms&,
                    const FloatOutput&, float* out, std::size_t stride);
    /// `out`: int8, or uint8 where high > 127: the same bits.
    void (*toInt8)(const TileSums&, const ProductFactors&, const RowTerms*, const ColumnTerms&,
                   const QuantizedOutput&, std::int8_t* out, std::size_t stride);
};
const Epilogue& epilogue(Isa isa);

} // namespace quantoscope
