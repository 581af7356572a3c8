// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errorsums.h"

#include <array>
#include <cstddef>

namespace quantoscope {

/// What a pass over errors has added up so far, the same on every instruction set. Elements go to 16 virtual lanes by
/// their position in the run and are summed in float32 over at most 32 of them a lane, then in double, lane by lane.
/// Squares are taken of x·gain and e·gain, gain a power of two that keeps them from under- and overflowing.
struct ErrorState
{
    static constexpr std::size_t virtualLanes = 16;
    static constexpr std::size_t stepsPerFlush = 32;
    enum Sum {
        SquaredRounding,
        SquaredClipping,
        SquaredValue,
        ValueOutput,
        SquaredOutput,
        Error,
        AbsError,
        SquaredSteps,
        sumCount
    };

    alignas(64) std::array<std::array<float, virtualLanes>, sumCount> single{};
    alignas(64) std::array<float, virtualLanes> maxError{};
    alignas(64) std::array<std::array<double, virtualLanes>, sumCount> sums{};
    std::size_t steps = 0; ///< in `single`, below stepsPerFlush
    ErrorSums counts;      ///< its sums stay 0

    /// Adds everything to `total`.
    void addTo(ErrorSums& total, bool full, float gain) const;
};

} // namespace quantoscope
