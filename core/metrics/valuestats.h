// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace quantoscope {

/// Smallest and largest finite value, and how many are not finite. No finite value: min = max = 0, finite = 0.
struct Extremes
{
    float min = 0;
    float max = 0;
    std::uint64_t finite = 0;
    std::uint64_t nan = 0;
    std::uint64_t inf = 0;
};

/// One pass at the speed of memory; parallel over fixed blocks.
Extremes extremes(std::span<const float> values);

/// The same of many runs at once (one thread): run i = values[i·length, …), the last may be short.
void extremesOfRuns(std::span<const float> values, std::size_t length, std::span<Extremes> out);

/// Statistics of the finite values. Population forms: std = √(Σ(x-μ)²/N), kurtosis = N·Σ(x-μ)⁴/(Σ(x-μ)²)²
/// (3 for a Gauss distribution; NaN when constant), absmaxPerSigma = max|x|/std (NaN when constant),
/// channelRangeRatio = largest channel max|x| over the smallest non-zero one (NaN with fewer than 2 such
/// channels). No finite value: all NaN.
struct ValueStats
{
    Extremes extremes;
    double mean = 0;
    double std = 0;
    double kurtosis = 0;
    double absmaxPerSigma = 0;
    double channelRangeRatio = 0;
};

/// `values` in channel-major order, channels ≥ 1 runs of equal length.
ValueStats valueStats(std::span<const float> values, std::size_t channels);

} // namespace quantoscope
