// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/proportions.h"

#include <stop_token>

namespace quantoscope {

/// How an interval was resampled; part of what is reported.
struct BootstrapOptions
{
    std::uint64_t seed = 1;
    std::size_t resamples = 1000;
};

/// 95 % percentile interval of statistic(Σa, Σb) when samples are drawn anew: each resample draws n of the n samples with
/// replacement, sums their a and b, and the 2.5th and 97.5th percentiles (linear between order statistics) of the statistics
/// are the ends. Draw i of resample r takes sample ⌊n·u/2^64⌋, u = mix(mix(seed + γ(r + 1)) + γ(i + 1)) with SplitMix64's mix and γ:
/// the same numbers on every machine and thread count. Resamples whose statistic is NaN are left out. NaN ends: fewer than
/// 2 samples, or an end that is not finite. a and b of equal length. Parallel; throws Cancelled.
/// Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
Bounds bootstrapInterval(std::span<const double> a, std::span<const double> b,
                         double (*statistic)(double, double), const BootstrapOptions& options = {},
                         std::stop_token stop = {});

/// The same of the mean of `values`.
Bounds bootstrapMean(std::span<const double> values, const BootstrapOptions& options = {},
                     std::stop_token stop = {});

} // namespace quantoscope
