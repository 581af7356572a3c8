// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/repeats.h"

#include "core/kernels/timing/spread.h"
#include "core/metrics/judging/sequences.h"
#include "core/metrics/judging/specialfunctions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quantoscope {

namespace {

/// P(T > t) for t ≥ 0.
double studentTail(double t, double freedom)
{
    return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
}

} // namespace

double studentQuantile(double p, std::uint64_t freedom)
{
    if (p == 0.5)
        return 0;
    if (p < 0.5)
        return -studentQuantile(1 - p, freedom);
    const auto nu = static_cast<double>(freedom);
    double low = 0, high = 1;
    for (; studentTail(high, nu) > 1 - p; high *= 2)
        low = high;
    while (high - low > 1e-12 * high) {
        const double middle = (low + high) / 2;
        (studentTail(middle, nu) > 1 - p ? low : high) = middle;
    }
    return (low + high) / 2;
}

RepeatStats repeatStats(std::span<const double> values)
{
    const double nan = std::nan("");
    if (values.empty())
        return {0, nan, nan, nan, nan, {}};
    const auto n = static_cast<double>(values.size());
    RepeatStats stats;
    stats.runs = values.size();
    stats.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    stats.min = *std::min_element(values.begin(), values.end());
    stats.max = *std::max_element(values.begin(), values.end());
    stats.sd = nan;
    if (values.size() < 2)
        return stats;
    double squares = 0;
    for (const double value : values)
        squares += (value - stats.mean) * (value - stats.mean);
    stats.sd = std::sqrt(squares / (n - 1));
    const double half = studentQuantile(0.975, values.size() - 1) * stats.sd / std::sqrt(n);
    stats.ci95 = {stats.mean - half, stats.mean + half};
    return stats;
}

LatencyStats latencyStats(std::vector<double> samples)
{
    std::sort(samples.begin(), samples.end());
    LatencyStats stats;
    stats.inferences = samples.size();
    stats.p50 = percentileOf(samples, 0.50);
    stats.p95 = percentileOf(samples, 0.95);
    stats.p99 = percentileOf(samples, 0.99);
    if (samples.size() < fewestSamples)
        return stats;
    const Spread spread = spreadOf(std::move(samples));
    stats.p50Ci95 = {spread.low95, spread.high95};
    return stats;
}

} // namespace quantoscope
