// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ranges/floatbins.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// Moments of the finite values, in the values' units. Population forms: std = √(Σ(x - mean)²/N).
struct Moments
{
    Interval ends;               ///< smallest and largest
    std::uint64_t count = 0;     ///< finite values
    double mean = 0;             ///< Σx / N
    double std = 0;              ///< about the mean
    double absDeviation = 0;     ///< Σ|x - mean| / N
    std::uint64_t nonZero = 0;   ///< values that are not 0
    double nonZeroMagnitude = 0; ///< mean |x| of those
    double nonZeroRms = 0;       ///< √(mean x²) of those
};

/// Two passes in double, in blocks of fixed order: the same bits for any thread count. No finite value: all 0. Throws Cancelled.
Moments momentsOf(std::span<const float> values, std::stop_token stop = {});

/// The same from bins, every value taken at the middle of its bin: each sum's terms are off by at most 2^-12 of |x|, so
/// |mean - exact| ≤ 2^-12 · mean|x| and std and absDeviation are within 2^-11 · √(mean x²).
Moments momentsOf(const FloatBins& bins);

} // namespace quantoscope
