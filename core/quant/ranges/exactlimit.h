// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace quantoscope {

/// Levels of a quantizer of step s: (k + offset) · s with k = 0 … up for points above 0, mirrored with 0 … down below it.
struct StepLevels
{
    double offset = 0; ///< or 1/2
    double up = 0;
    double down = 0;
};

/// The step of least squared error of few points, exactly. Between two steps at which a code changes, Σ(x̂ - x)² is a parabola with
/// its lowest point at Σxq/Σq²: all of them are looked at, in ascending order of the steps, with both sums kept up to date. One
/// thread; an object keeps its memory for the next set.
class ExactSteps
{
public:
    struct Minimum
    {
        double step = 0;
        double error = 0;
    };

    /// About how many codes change between both steps: what find() costs.
    static double changes(double sumOfMagnitudes, double from, double to)
    {
        return sumOfMagnitudes * (1 / from - 1 / to);
    }

    /// The two lowest minima in [from, to], best first; from > 0, energy = Σx². The last may repeat.
    void find(std::span<const float> points, const StepLevels& levels, double from, double to, double energy,
              Minimum (&best)[2]);

private:
    struct Change ///< beyond that step the code falls by one
    {
        double step, xq, qq; ///< what Σxq and Σq² lose
    };
    std::vector<Change> m_changes;
};

} // namespace quantoscope
