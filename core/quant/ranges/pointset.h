// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/clippass.h"
#include "core/quant/ranges/floatbins.h"

#include <vector>

namespace quantoscope {

/// The elements or bins of one set, moved and scaled for a search: x' = (x - origin) · gain, gain a power of two that
/// brings the largest |x'| into [0.5, 1) where a float can. `magnitudes`: of |x| (origin 0).
struct PointSet
{
    std::vector<float> values;
    std::vector<float> weights; ///< empty: 1 each
    double gain = 1;
    double origin = 0;
    double weight = 0; ///< Σw
    double energy = 0; ///< Σw x'²
    double sum = 0;    ///< Σw x'
    Interval ends;     ///< of x, not moved

    Points points() const { return {values, weights}; }
    double moved(double x) const { return (x - origin) * gain; }
    float restored(double moved) const { return static_cast<float>(moved / gain + origin); }

    /// Finite values alone; `ends` are theirs. The vectors are reused.
    void take(std::span<const float> source, Interval sourceEnds, bool allFinite, double newOrigin,
              bool magnitudes);
    /// One point a bin, at its middle, weighing its count. `scattered`: at a place of its own within the bin instead, so that
    /// steps finer than the bins see values of every phase.
    void take(const FloatBins& bins, double newOrigin, bool magnitudes, bool scattered);

private:
    void place(Interval sourceEnds, double newOrigin);
    void sumUp();
};

} // namespace quantoscope
