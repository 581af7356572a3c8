// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/elements/elementformat.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// A code book fitted to the values themselves (scale 1).
struct FittedBook
{
    std::vector<float> values;  ///< ascending, at most 2^bits; fewer where there are fewer different values
    std::vector<float> borders; ///< half-way between them
    double mse = 0;             ///< of the finite values under this book
    double startMse = 0;        ///< of the centres of 2^bits equal shares; mse is never larger
    int iterations = 0;
    bool stable = false;  ///< the last iteration moved no element to another value
    bool optimal = false; ///< no book of this size has a smaller error

    CodeBook book() const { return {values, borders}; }
    std::uint64_t bytes() const { return values.size() * sizeof(float); }
};

struct FitLimits
{
    int iterations = 2000;
    std::size_t exactElements =
        2048; ///< up to that many finite values the optimum is found directly; 0: never
};

/// Lloyd-Max: values are the means of their cells, borders lie half-way. Works on sorted values and prefix sums, so an
/// iteration costs 2^bits searches. Starts from the centres of 2^bits equal shares of the sorted values or, where that
/// has less error, from the optimum of FitLimits::exactElements evenly spaced order statistics (dynamic programming over
/// the cuts); a value that gets no element moves into the cell with the largest error. bits 1 … 8; NaN and infinities
/// are left out; no finite value gives the book {0}. Deterministic. Throws Cancelled. Sources: Lloyd, IEEE Trans. Inf.
/// Theory 28, 1982; Max, IRE Trans. Inf. Theory 6, 1960.
FittedBook fitBook(std::span<const float> x, int bits, std::stop_token stop = {}, FitLimits limits = {});

} // namespace quantoscope
