// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/proportions.h"

namespace quantoscope {

/// One figure over repeated runs.
struct RepeatStats
{
    std::size_t runs = 0;
    double mean = 0; ///< NaN without runs, as min and max
    double sd = 0;   ///< √(Σ(x - mean)²/(n - 1)); NaN for fewer than 2 runs
    double min = 0;
    double max = 0;
    Bounds ci95; ///< of the mean: mean ± t(0.975, n - 1)·sd/√n; needs 2 runs
};

/// Finite values.
RepeatStats repeatStats(std::span<const double> values);

/// p-quantile of Student's t with `freedom` ≥ 1 degrees, 0 < p < 1; relative error below 1e-9.
double studentQuantile(double p, std::uint64_t freedom);

/// One figure of latency, of timed inferences.
struct LatencyStats
{
    std::size_t inferences = 0;
    double p50 = 0, p95 = 0,
           p99 = 0; ///< linear between order statistics, unit of the samples; NaN without samples
    Bounds p50Ci95; ///< order statistics, Spread of core/kernels/timing; needs 6 samples
};

/// Finite samples in any order.
LatencyStats latencyStats(std::vector<double> samples);

} // namespace quantoscope
