// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/bootstrap.h"

#include "core/metrics/judging/sequences.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr std::uint64_t gamma = 0x9E3779B97F4A7C15;

/// Output function of SplitMix64. Source: Steele, Lea, Flood, OOPSLA 2014.
std::uint64_t mix(std::uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// ⌊n·u/2^64⌋
std::size_t scaled(std::uint64_t u, std::size_t n)
{
    return static_cast<std::size_t>((static_cast<unsigned __int128>(u) * n) >> 64);
}

double finiteOrNan(double value) { return std::isfinite(value) ? value : std::nan(""); }

} // namespace

Bounds bootstrapInterval(std::span<const double> a, std::span<const double> b,
                         double (*statistic)(double, double), const BootstrapOptions& options,
                         std::stop_token stop)
{
    const std::size_t n = a.size();
    if (n < 2)
        return {};
    std::vector<double> statistics(options.resamples);
    parallelFor(
        options.resamples,
        [&](std::size_t resample) {
            const std::uint64_t start = mix(options.seed + gamma * (resample + 1));
            double sumA = 0, sumB = 0;
            for (std::size_t i = 0; i < n; ++i) {
                if (i % 1'000'000 == 999'999)
                    throwIfStopped(stop);
                const std::size_t drawn = scaled(mix(start + gamma * (i + 1)), n);
                sumA += a[drawn];
                sumB += b[drawn];
            }
            statistics[resample] = statistic(sumA, sumB);
        },
        stop);
    std::erase_if(statistics, [](double value) { return std::isnan(value); });
    std::sort(statistics.begin(), statistics.end());
    return {finiteOrNan(percentileOf(statistics, 0.025)), finiteOrNan(percentileOf(statistics, 0.975))};
}

Bounds bootstrapMean(std::span<const double> values, const BootstrapOptions& options, std::stop_token stop)
{
    const std::vector<double> ones(values.size(), 1.0);
    return bootstrapInterval(
        values, ones, [](double sum, double count) { return sum / count; }, options, std::move(stop));
}

} // namespace quantoscope
