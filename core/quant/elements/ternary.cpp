// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/elements/ternary.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace quantoscope {

namespace {

double meanMagnitude(std::span<const float> x, double centre)
{
    double sum = 0;
    for (const float v : x)
        sum += std::abs(static_cast<double>(v) - centre);
    return sum / static_cast<double>(x.size());
}

float meanMagnitudeAbove(std::span<const float> x, float delta)
{
    double sum = 0;
    std::size_t count = 0;
    for (const float v : x) {
        if (std::abs(v) > delta) {
            sum += static_cast<double>(std::abs(v));
            ++count;
        }
    }
    return count == 0 ? 0 : static_cast<float>(sum / static_cast<double>(count));
}

Ternary leastSquares(std::span<const float> x)
{
    std::vector<float> magnitudes(x.size());
    std::transform(x.begin(), x.end(), magnitudes.begin(), [](float v) { return std::abs(v); });
    std::sort(magnitudes.begin(), magnitudes.end(), std::greater<>());
    Ternary best;
    double sum = 0;
    double gain = 0;
    for (std::size_t k = 1; k <= magnitudes.size(); ++k) {
        sum += static_cast<double>(magnitudes[k - 1]);
        const double left = k < magnitudes.size() ? static_cast<double>(magnitudes[k]) : 0.0;
        // Among equal magnitudes the gain has no maximum inside: only their ends can be cut by a threshold.
        const bool cuts = static_cast<double>(magnitudes[k - 1]) > left;
        if (cuts && sum * sum / static_cast<double>(k) > gain) {
            gain = sum * sum / static_cast<double>(k);
            best = {static_cast<float>(sum / static_cast<double>(k)), static_cast<float>(left)};
        }
    }
    return best;
}

} // namespace

Ternary fitTernary(TernaryRule rule, std::span<const float> x)
{
    if (x.empty())
        return {};
    if (rule == TernaryRule::Mse)
        return leastSquares(x);
    const double mean = meanMagnitude(x, 0);
    if (rule == TernaryRule::Absmean)
        return {static_cast<float>(mean), static_cast<float>(mean) / 2};
    const auto delta = static_cast<float>(0.7 * mean);
    return {meanMagnitudeAbove(x, delta), delta};
}

TwoLevels fitTwoLevels(std::span<const float> x, bool centred)
{
    if (x.empty())
        return {};
    TwoLevels levels;
    if (centred) {
        double sum = 0;
        for (const float v : x)
            sum += static_cast<double>(v);
        levels.centre = static_cast<float>(sum / static_cast<double>(x.size()));
    }
    // Twice α must stay a float.
    constexpr double most = 1.7e38 / 2;
    levels.alpha = static_cast<float>(std::min(most, meanMagnitude(x, static_cast<double>(levels.centre))));
    return levels;
}

} // namespace quantoscope
