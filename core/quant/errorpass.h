// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errorsums.h"
#include "core/quant/grid.h"

#include <cstddef>
#include <span>

namespace quantoscope {

/// A piece of one set: the unit that the loop runs over.
struct PassRun
{
    const float* values; ///< all finite
    std::size_t count;
    const float* noise; ///< stochastic rounding: one draw in [0, 1) per value; else null
    const SetParams* set;
};

enum class PassRounding { HalfEven, HalfAway, HalfUp, Floor, Stochastic, Sign };

/// Adds what the runs measure to `sums`. Elements go to 16 virtual lanes by their position in the run and are
/// summed in float32 over at most 32 of them a lane, then in double, lane by lane: the same order on every instruction set.
/// Squares are taken of x·gain and e·gain, gain a power of two that keeps them from under- and overflowing.
/// `codeCounts`: null, or one counter per code from the lowest.
void runErrorPass(std::span<const PassRun> runs, CodeRange codes, PassRounding rounding, bool full,
                  float gain, ErrorSums& sums, std::uint64_t* codeCounts);

/// Values that were quantized elsewhere; every array holds `count` numbers.
struct GivenRun
{
    const float* values;  ///< x, all finite
    const float* given;   ///< x̂, all finite
    const float* lowest;  ///< clipped below it: the lowest level, widened as clipLimits() has it
    const float* highest; ///< clipped above it
    const float* perStep; ///< 1/|scale|, finite; null: squaredSteps gets nothing
    std::size_t count;
};

/// Adds what the runs measure to `sums`, in the order of runErrorPass(). `saturated` is not measured: no code is known.
void runGivenPass(std::span<const GivenRun> runs, bool full, float gain, ErrorSums& sums);

} // namespace quantoscope
