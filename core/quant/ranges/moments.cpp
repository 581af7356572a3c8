// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/moments.h"

#include "core/metrics/valuestats.h"
#include "core/support/parallelfor.h"

#include <bit>
#include <cmath>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t perTask = 1 << 16;

/// A sum over the finite values in an order that depends on their positions alone. part(x) → double
template <class Part>
double sumOf(std::span<const float> values, const std::stop_token& stop, Part part)
{
    constexpr std::size_t lanes = 8; // independent chains: a single one would wait for each addition
    const auto sumTask = [&](std::span<const float> run) {
        double sums[lanes] = {};
        const auto add = [&](std::size_t i, double& sum) {
            const float x = run[i];
            const bool finite = (std::bit_cast<std::uint32_t>(x) & 0x7f800000) != 0x7f800000;
            sum += finite ? part(static_cast<double>(x)) : 0.0;
        };
        std::size_t i = 0;
        for (; i + lanes <= run.size(); i += lanes)
            for (std::size_t k = 0; k < lanes; ++k)
                add(i + k, sums[k]);
        for (; i < run.size(); ++i)
            add(i, sums[i % lanes]);
        double total = 0;
        for (const double sum : sums)
            total += sum;
        return total;
    };
    if (values.size() <= perTask)
        return sumTask(values);
    std::vector<double> parts((values.size() + perTask - 1) / perTask);
    parallelFor(
        parts.size(),
        [&](std::size_t task) {
            const std::size_t begin = task * perTask;
            parts[task] = sumTask(values.subspan(begin, std::min(perTask, values.size() - begin)));
        },
        stop);
    double total = 0;
    for (const double sum : parts)
        total += sum;
    return total;
}

} // namespace

Moments momentsOf(std::span<const float> values, std::stop_token stop)
{
    Moments moments;
    if (values.empty())
        return moments;
    Extremes found;
    extremesOfRuns(values, values.size(), {&found, 1});
    moments.ends = {found.min, found.max};
    moments.count = found.finite;
    if (found.finite == 0)
        return moments;
    const auto count = static_cast<double>(found.finite);
    const double zeros = sumOf(values, stop, [](double x) { return x == 0 ? 1.0 : 0.0; });
    moments.nonZero = found.finite - static_cast<std::uint64_t>(zeros);
    moments.mean = sumOf(values, stop, [](double x) { return x; }) / count;
    const double mean = moments.mean;
    moments.std =
        std::sqrt(sumOf(values, stop, [mean](double x) { return (x - mean) * (x - mean); }) / count);
    moments.absDeviation = sumOf(values, stop, [mean](double x) { return std::abs(x - mean); }) / count;
    if (moments.nonZero > 0) {
        const auto nonZero = static_cast<double>(moments.nonZero);
        moments.nonZeroMagnitude = sumOf(values, stop, [](double x) { return std::abs(x); }) / nonZero;
        moments.nonZeroRms = std::sqrt(sumOf(values, stop, [](double x) { return x * x; }) / nonZero);
    }
    return moments;
}

Moments momentsOf(const FloatBins& bins)
{
    Moments moments;
    moments.ends = bins.ends();
    moments.count = bins.finite();
    if (moments.count == 0)
        return moments;
    const auto sumOfBins = [&](auto part) {
        double sum = 0;
        bins.forBins([&](float below, float above, std::uint64_t count) {
            // The bins at 0 are taken for zeros.
            const double middle = (static_cast<double>(below) + static_cast<double>(above)) / 2;
            const bool zero = below == 0 || above == 0;
            sum += static_cast<double>(count) * part(zero ? 0.0 : middle);
        });
        return sum;
    };
    const auto count = static_cast<double>(moments.count);
    moments.mean = sumOfBins([](double x) { return x; }) / count;
    const double mean = moments.mean;
    moments.std = std::sqrt(sumOfBins([mean](double x) { return (x - mean) * (x - mean); }) / count);
    moments.absDeviation = sumOfBins([mean](double x) { return std::abs(x - mean); }) / count;
    moments.nonZero = static_cast<std::uint64_t>(sumOfBins([](double x) { return x == 0 ? 0.0 : 1.0; }));
    if (moments.nonZero > 0) {
        const auto nonZero = static_cast<double>(moments.nonZero);
        moments.nonZeroMagnitude = sumOfBins([](double x) { return std::abs(x); }) / nonZero;
        moments.nonZeroRms = std::sqrt(sumOfBins([](double x) { return x * x; }) / nonZero);
    }
    return moments;
}

} // namespace quantoscope
