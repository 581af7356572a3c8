// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/proportions.h"

#include "core/metrics/judging/specialfunctions.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace quantoscope {

namespace {

constexpr double normal975 = 1.959963984540054; // Φ⁻¹(0.975)

/// Newcombe's correlation of the two proportions: numerator lowered towards 0 by n/2 where it is positive.
double correlation(double both, double onlyAfter, double onlyBefore, double neither)
{
    const double product =
        (both + onlyBefore) * (onlyAfter + neither) * (both + onlyAfter) * (onlyBefore + neither);
    if (product == 0)
        return 0;
    const double cross = both * neither - onlyBefore * onlyAfter;
    const double n = both + onlyBefore + onlyAfter + neither;
    return (cross > 0 ? std::max(cross - n / 2, 0.0) : cross) / std::sqrt(product);
}

/// √(a² - 2φab + b²)
double combined(double a, double b, double phi)
{
    return std::sqrt(std::max(a * a - 2 * phi * a * b + b * b, 0.0));
}

/// P(B ≤ k), B binomial(n, 1/2), n ≤ 1000 that 2^-n is a double; every term is exact while n over k is below 2^53.
double tailFromBelow(double k, double n)
{
    double term = std::exp2(-n);
    double sum = term;
    for (double i = 1; i <= k; ++i) {
        term = term * (n - i + 1) / i;
        sum += term;
    }
    return sum;
}

/// The same of any n, from the largest term down to where they cease to count.
double tailFromAbove(double k, double n)
{
    double term = std::exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) - n * std::numbers::ln2);
    double sum = term;
    for (; k > 0 && term > sum * 1e-17; --k) {
        term *= k / (n - k + 1);
        sum += term;
    }
    return sum;
}

} // namespace

Bounds Proportion::ci95() const
{
    if (samples == 0)
        return {};
    const auto n = static_cast<double>(samples);
    const double share = value();
    const double z2 = normal975 * normal975;
    const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const double half = normal975 * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    // The ends are 0 and 1 exactly there; rounding would leave 1e-17.
    return {count == 0 ? 0 : centre - half, count == samples ? 1 : centre + half};
}

double PairedAnswers::difference() const
{
    return (static_cast<double>(gained) - static_cast<double>(lost)) / static_cast<double>(samples);
}

Bounds PairedAnswers::differenceCi95() const
{
    if (samples == 0)
        return {};
    const Proportion first{after(), samples}, second{before, samples};
    const Bounds a = first.ci95(), b = second.ci95();
    const double phi = correlation(static_cast<double>(before - lost), static_cast<double>(gained),
                                   static_cast<double>(lost), static_cast<double>(samples - before - gained));
    return {difference() - combined(first.value() - a.low, b.high - second.value(), phi),
            difference() + combined(a.high - first.value(), second.value() - b.low, phi)};
}

double mcnemarP(std::uint64_t lost, std::uint64_t gained)
{
    if (lost == gained)
        return 1;
    const auto changed = static_cast<double>(lost + gained);
    const auto fewer = static_cast<double>(std::min(lost, gained));
    return std::min(1.0,
                    2 * (changed <= 1000 ? tailFromBelow(fewer, changed) : tailFromAbove(fewer, changed)));
}

std::vector<double> holmAdjusted(std::span<const double> p)
{
    std::vector<double> adjusted(p.begin(), p.end());
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::erase_if(order, [&p](std::size_t i) { return std::isnan(p[i]); });
    std::stable_sort(order.begin(), order.end(), [&p](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    double largest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto weight = static_cast<double>(order.size() - i);
        largest = std::max(largest, std::min(1.0, weight * p[order[i]]));
        adjusted[order[i]] = largest;
    }
    return adjusted;
}

} // namespace quantoscope
