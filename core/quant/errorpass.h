// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/errorstate.h"
#include "core/quant/grid.h"

#include <cstddef>
#include <span>

namespace quantoscope {

/// Sets of equal size, one behind the other, or a piece of one.
struct PassRun
{
    const float* values; ///< all finite
    std::size_t count;   ///< values of each set
    const float* noise;  ///< stochastic rounding: one draw in [0, 1) per value; else null
    std::size_t firstSet;
    std::size_t sets = 1;
};

/// The last three multiply by float32(1 / scale) instead of dividing.
enum class PassRounding {
    HalfEven,
    HalfAway,
    HalfUp,
    Floor,
    Stochastic,
    Sign,
    HalfEvenReciprocal,
    HalfAwayReciprocal,
    HalfUpReciprocal
};

struct PassSetup
{
    const SetParams* sets; ///< all of them; PassRun says which
    CodeRange codes;
    PassRounding rounding;
    bool full;                           ///< all sums of ErrorSums
    float gain = 1;                      ///< see ErrorState
    bool valueSum = true;                ///< false: Σx² is not needed; it may stay 0
    std::uint64_t* codeCounts = nullptr; ///< null, or one counter per code from the lowest
};

/// Quantizes and measures, without a trace in memory. The order of sums is ErrorState's: it knows nothing of the
/// instruction set, nor of how runs were cut at multiples of 16 and how many of them came at once.
class ErrorPass
{
public:
    explicit ErrorPass(const PassSetup& setup) : m_setup(setup) {}
    void add(std::span<const PassRun> runs);
    void addTo(ErrorSums& sums) const { m_state.addTo(sums, m_setup.full, m_setup.gain); }

private:
    PassSetup m_setup;
    ErrorState m_state;
};

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

/// Adds what the runs measure to `sums`, in the order of ErrorPass. `saturated` is not measured: no code is known.
void runGivenPass(std::span<const GivenRun> runs, bool full, float gain, ErrorSums& sums);

} // namespace quantoscope
