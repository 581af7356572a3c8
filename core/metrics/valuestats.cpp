// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/valuestats.h"

#include "core/support/parallelfor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace quantoscope {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t lanes = 8;

/// Σ of several functions of every finite value, in double, 8 lanes by position and blocks in order.
template <std::size_t sums, class Terms>
std::array<double, sums> sumTerms(std::span<const float> values, Terms terms)
{
    constexpr std::size_t perTask = 1 << 16;
    using Sums = std::array<double, sums>;
    std::vector<Sums> parts((values.size() + perTask - 1) / perTask);
    parallelFor(parts.size(), [&](std::size_t task) {
        const std::size_t begin = task * perTask;
        const auto block = values.subspan(begin, std::min(perTask, values.size() - begin));
        double lane[sums][lanes] = {};
        for (std::size_t i = 0; i < block.size(); ++i) {
            if (!std::isfinite(block[i]))
                continue;
            const Sums term = terms(static_cast<double>(block[i]));
            for (std::size_t s = 0; s < sums; ++s)
                lane[s][i % lanes] += term[s];
        }
        for (std::size_t s = 0; s < sums; ++s)
            for (const double part : lane[s])
                parts[task][s] += part;
    });
    Sums total{};
    for (const Sums& part : parts)
        for (std::size_t s = 0; s < sums; ++s)
            total[s] += part[s];
    return total;
}

double rangeRatio(std::span<const float> values, std::size_t channels)
{
    const std::size_t perChannel = channels == 0 ? 0 : values.size() / channels;
    if (perChannel == 0)
        return nan;
    std::vector<Extremes> found(channels);
    extremesOfRuns(values, perChannel, found);
    double smallest = std::numeric_limits<double>::infinity();
    double largest = 0;
    std::size_t counted = 0;
    for (const Extremes& e : found) {
        const double bound =
            std::max(std::abs(static_cast<double>(e.min)), std::abs(static_cast<double>(e.max)));
        if (bound == 0)
            continue;
        smallest = std::min(smallest, bound);
        largest = std::max(largest, bound);
        ++counted;
    }
    return counted < 2 ? nan : largest / smallest;
}

} // namespace

ValueStats valueStats(std::span<const float> values, std::size_t channels)
{
    ValueStats stats;
    stats.extremes = extremes(values);
    if (stats.extremes.finite == 0) {
        stats.mean = stats.std = stats.kurtosis = stats.absmaxPerSigma = stats.channelRangeRatio = nan;
        return stats;
    }
    const auto count = static_cast<double>(stats.extremes.finite);
    const double mean = sumTerms<1>(values, [](double x) { return std::array{x}; })[0] / count;
    const auto [second, fourth] = sumTerms<2>(values, [mean](double x) {
        const double square = (x - mean) * (x - mean);
        return std::array{square, square * square};
    });
    const bool constant = stats.extremes.min == stats.extremes.max;
    stats.mean = constant ? static_cast<double>(stats.extremes.min) : mean;
    stats.std = constant ? 0 : std::sqrt(second / count);
    stats.kurtosis = constant ? nan : count * fourth / (second * second);
    const double bound = std::max(std::abs(static_cast<double>(stats.extremes.min)),
                                  std::abs(static_cast<double>(stats.extremes.max)));
    stats.absmaxPerSigma = constant ? nan : bound / stats.std;
    stats.channelRangeRatio = rangeRatio(values, channels);
    return stats;
}

} // namespace quantoscope
