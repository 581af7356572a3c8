// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/pointset.h"

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

/// Σx and Σx² in blocks of float32 lanes: the search needs them to a few digits.
void PointSet::sumUp()
{
    constexpr std::size_t lanes = 16;
    constexpr std::size_t block = 1024;
    energy = sum = weight = 0;
    for (std::size_t begin = 0; begin < values.size(); begin += block) {
        const std::size_t end = std::min(values.size(), begin + block);
        float energies[lanes] = {}, sums[lanes] = {}, totals[lanes] = {};
        const auto add = [&](std::size_t i, std::size_t k, float w) {
            const float wx = w * values[i];
            sums[k] += wx;
            energies[k] += wx * values[i];
        };
        std::size_t i = begin;
        if (weights.empty()) {
            for (; i + lanes <= end; i += lanes)
                for (std::size_t k = 0; k < lanes; ++k)
                    add(i + k, k, 1.0f);
            for (; i < end; ++i)
                add(i, 0, 1.0f);
            weight += static_cast<double>(end - begin);
        } else {
            for (; i < end; ++i) {
                add(i, i % lanes, weights[i]);
                totals[i % lanes] += weights[i];
            }
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
    const auto shift = static_cast<float>(origin);
    const auto factor = static_cast<float>(gain);
    // Magnitudes without a branch: |x'| = max(x', least · x').
    const float least = magnitudes ? -1.0f : 1.0f;
    const auto place = [=](float x) {
        const float moved = (x - shift) * factor;
        return std::max(moved, least * moved);
    };
    if (allFinite) {
        std::transform(source.begin(), source.end(), values.begin(), place);
    } else {
        std::size_t count = 0;
        for (const float x : source) {
            values[count] = place(x);
            count += std::isfinite(x) ? 1 : 0;
        }
        values.resize(count);
    }
    sumUp();
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
