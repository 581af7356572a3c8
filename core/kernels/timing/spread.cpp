// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/timing/spread.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Of sorted samples, none of them missing; 0 ≤ share ≤ 1.
double quantile(const std::vector<double>& sorted, double share)
{
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

std::size_t medianIntervalRank(std::size_t n)
{
    // Logarithms: 2^-n itself leaves the range of doubles at n = 1075.
    const double count = static_cast<double>(n);
    double logTerm = -count * std::log(2.0); // of P(B = r)
    double below = 0;                        // P(B < r)
    std::size_t r = 0;
    while (r < (n + 1) / 2) {
        below += std::exp(logTerm);
        if (r > 0 && 1 - 2 * below < 0.95)
            break;
        logTerm += std::log((count - static_cast<double>(r)) / static_cast<double>(r + 1));
        ++r;
    }
    return r;
}

Spread spreadOf(std::vector<double> samples)
{
    if (samples.empty())
        return {};
    std::sort(samples.begin(), samples.end());
    const std::size_t rank = medianIntervalRank(samples.size());
    return {quantile(samples, 0.5), samples[rank - 1], samples[samples.size() - rank],
            quantile(samples, 0.25), quantile(samples, 0.75)};
}

} // namespace quantoscope
