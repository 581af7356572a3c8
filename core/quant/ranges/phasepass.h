// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quantoscope {

/// Points ready for trials of many steps: those of magnitude ≤ `cut`, the others as 0; filled up with zeros.
struct InnerPoints
{
    std::vector<float> values; ///< a multiple of 32
    std::size_t zeroed = 0;    ///< entries that are no points
    std::vector<float> outer;  ///< the others, in their order, and room behind them
    std::size_t outerCount = 0;

    std::span<const float> others() const { return {outer.data(), outerCount}; }
};
void splitPoints(std::span<const float> values, float cut, InnerPoints& split);

/// Steps in a row: 1/s = first + i · increment; levels at whole multiples of s, with `half` half way between.
struct StepRow
{
    double first = 1;
    double increment = 0;
    bool half = false;
};

constexpr std::size_t mostInRow = 128;

/// errors[i] = Σd², d the distance to the next level in steps (levels in both directions without end): |x|/s < 2^15. A point is a 16-bit
/// phase that wraps where the code changes and moves on by one addition from trial to trial; squares have 20 bits. Integer sums: the
/// same bits on every instruction set. About 0.04 cycles a point and trial with AVX-512; off by less than 2^-11 steps a point
/// up to 64 trials.
void phaseErrors(const InnerPoints& points, const StepRow& row, std::span<double> errors);

} // namespace quantoscope
