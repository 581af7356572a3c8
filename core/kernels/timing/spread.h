// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace quantoscope {

/// What n samples say about their median; all 0 for n = 0.
/// [low95, high95] = the r-th smallest and r-th largest sample, r as large as 1 - 2·P(B < r) ≥ 0.95 allows, B binomial(n, 1/2): it
/// holds the true median in at least 95 % of all cases whatever the distribution. Below 6 samples no such r exists: r = 1 and less.
/// Quartiles: linear between the order statistics around (n - 1)/4 and 3(n - 1)/4.
struct Spread
{
    double median = 0;
    double low95 = 0;
    double high95 = 0;
    double quartile1 = 0;
    double quartile3 = 0;

    bool operator==(const Spread&) const = default;
};

/// Finite samples in any order.
Spread spreadOf(std::vector<double> samples);

/// r of the interval above, 1 … (n + 1)/2; 0 for n = 0.
std::size_t medianIntervalRank(std::size_t n);

/// Samples that an interval of 95 % takes at least.
constexpr std::size_t fewestSamples = 6;

} // namespace quantoscope
