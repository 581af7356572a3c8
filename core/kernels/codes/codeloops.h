// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace quantoscope {

/// One side of a sum in steps of its result: multiplier · float(p - zero) of packed integers, or multiplier · x of reals.
struct Addend
{
    const std::int8_t* codes = nullptr; ///< null: reals
    const float* reals = nullptr;
    float multiplier = 1; ///< finite
    std::int32_t zero = 0;

    Addend from(std::size_t element) const
    {
        return {codes == nullptr ? nullptr : codes + element, reals == nullptr ? nullptr : reals + element,
                multiplier, zero};
    }
};

/// Packed integers that a sum ends in: within [low, high] of int8.
struct SumRule
{
    std::int32_t zeroPoint = 0;
    std::int32_t low = -128;
    std::int32_t high = 127;
};

/// Rows of a sum; the narrow side has 0 where it has no value. Neither is empty.
struct SumRows
{
    Addend wide;
    Addend narrow;
    std::size_t width = 0; ///< of `wide` and of the result
    std::size_t narrowWidth = 0;
    std::size_t rows = 1;
};

/// Neighbouring output pixels of a pool: where each of their taps begins, all `step` bytes from pixel to pixel.
struct PoolRun
{
    std::span<const std::int8_t* const> taps; ///< at least one
    std::size_t step = 0;
    std::size_t channels = 0;
    std::size_t pixels = 0;
};

/// Loops over codes; the same bits on every instruction set. In float32, each operation rounded:
///   sum      t = wide + narrow, NaN is 0; p = round(clamp(t, low - zeroPoint, high - zeroPoint)) + zeroPoint, ties to even
///   largest  of all taps, for each channel
/// Thread-safe.
struct CodeLoops
{
    void (*sum)(const SumRows& rows, const SumRule& rule, std::int8_t* out);
    void (*largest)(const PoolRun& run, std::int8_t* out);
};
const CodeLoops& codeLoops(Isa isa);

} // namespace quantoscope
