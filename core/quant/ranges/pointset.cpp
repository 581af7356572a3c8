// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/pointset.h"

#include "core/quant/ranges/pointpass.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

void PointSet::place(Interval sourceEnds, double newOrigin)
{
    ends = sourceEnds;
    origin = newOrigin;
    const double largest = std::max(std::abs(static_cast<double>(ends.lo) - origin),
                                    std::abs(static_cast<double>(ends.hi) - origin));
    int exponent = 0;
    std::frexp(largest, &exponent);
    gain = std::ldexp(1.0, std::clamp(-exponent, -126, 126)); // itself a float
}

/// Σw, Σwx and Σwx² in blocks of float32 lanes: the search needs them to a few digits.
void PointSet::sumUp()
{
    constexpr std::size_t lanes = 16;
    constexpr std::size_t block = 1024;
    energy = sum = weight = 0;
    for (std::size_t begin = 0; begin < values.size(); begin += block) {
        const std::size_t end = std::min(values.size(), begin + block);
        float energies[lanes] = {}, sums[lanes] = {}, totals[lanes] = {};
        for (std::size_t i = begin; i < end; ++i) {
            const float wx = weights[i] * values[i];
            sums[i % lanes] += wx;
            energies[i % lanes] += wx * values[i];
            totals[i % lanes] += weights[i];
        }
        for (std::size_t k = 0; k < lanes; ++k) {
            energy += static_cast<double>(energies[k]);
            sum += static_cast<double>(sums[k]);
            weight += static_cast<double>(totals[k]);
        }
    }
}

void PointSet::take(std::span<const float> source, Interval sourceEnds, bool allFinite, double newOrigin,
                    bool magnitudes)
{
    place(sourceEnds, newOrigin);
    weights.clear();
    values.resize(source.size());
    std::span<const float> finite = source;
    if (!allFinite) {
        const auto end = std::copy_if(source.begin(), source.end(), values.begin(),
                                      [](float x) { return std::isfinite(x); });
        values.erase(end, values.end());
        finite = values;
    }
    const PointSums sums =
        movePoints(finite, static_cast<float>(origin), static_cast<float>(gain), magnitudes, values);
    sum = sums.sum;
    energy = sums.energy;
    weight = static_cast<double>(values.size());
}

void PointSet::take(const FloatBins& bins, double newOrigin, bool magnitudes, bool scattered)
{
    place(bins.ends(), newOrigin);
    values.clear();
    weights.clear();
    std::uint32_t state = 0;
    const auto add = [&](float below, float above, std::uint64_t count) {
        state += 0x9e3779b9u; // the golden ratio: steps that fill the interval evenly
        const double share = scattered ? static_cast<double>(state) * 0x1p-32 : 0.5;
        double x =
            static_cast<double>(below) + share * (static_cast<double>(above) - static_cast<double>(below));
        if (below == 0 || above == 0)
            x = 0;
        values.push_back(static_cast<float>(moved(x)));
        weights.push_back(static_cast<float>(count));
    };
    if (magnitudes)
        bins.forMagnitudes(add);
    else
        bins.forBins(add);
    sumUp();
}

} // namespace quantoscope
