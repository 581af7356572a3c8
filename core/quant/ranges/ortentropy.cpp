// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/ortentropy.h"

#include "core/formats/synth/exactmath.h"
#include "core/metrics/valuestats.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace quantoscope {

namespace {

using Counts = std::vector<std::int64_t>;

std::vector<float> edgesOf(double bound, std::size_t bins)
{
    std::vector<float> edges(bins + 1);
    const double step = 2 * bound / static_cast<double>(bins);
    for (std::size_t i = 0; i < bins; ++i)
        edges[i] = static_cast<float>(static_cast<double>(i) * step - bound);
    edges[bins] = static_cast<float>(bound);
    return edges;
}

Counts histogramOf(std::span<const float> values, const std::vector<float>& edges)
{
    Counts counts(edges.size() - 1);
    for (const float x : values) {
        if (!std::isfinite(x))
            continue;
        const auto above = std::upper_bound(edges.begin(), edges.end(), x) - edges.begin();
        ++counts[std::min(static_cast<std::size_t>(above), counts.size()) - 1]; // the last bin is closed
    }
    return counts;
}

std::int64_t sumOf(const Counts& counts, std::size_t first, std::size_t last)
{
    return std::accumulate(counts.begin() + static_cast<std::ptrdiff_t>(first),
                           counts.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{0});
}

/// Empty where nothing is left to smooth.
std::vector<float> smoothed(const Counts& counts)
{
    const auto zeros = std::count(counts.begin(), counts.end(), 0);
    const auto others = static_cast<std::ptrdiff_t>(counts.size()) - zeros;
    if (others == 0)
        return {};
    const double taken = 1e-4 * static_cast<double>(zeros) / static_cast<double>(others);
    std::vector<float> result(counts.size());
    std::transform(counts.begin(), counts.end(), result.begin(), [&](std::int64_t n) {
        return static_cast<float>(n) + (n == 0 ? 1e-4f : -static_cast<float>(taken));
    });
    return result;
}

double divergence(const std::vector<float>& p, const std::vector<float>& q)
{
    if (p.empty() || q.empty())
        return std::numeric_limits<double>::infinity();
    const double sumP = std::accumulate(p.begin(), p.end(), 0.0);
    const double sumQ = std::accumulate(q.begin(), q.end(), 0.0);
    double result = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        const double a = static_cast<double>(p[i]) / sumP;
        const double b = static_cast<double>(q[i]) / sumQ;
        result += a * exactmath::log(a / b);
    }
    return result;
}

double divergenceOf(const Counts& counts, std::size_t first, std::size_t last, std::size_t cells)
{
    const Counts slice(counts.begin() + static_cast<std::ptrdiff_t>(first),
                       counts.begin() + static_cast<std::ptrdiff_t>(last));
    Counts p = slice;
    p.front() += sumOf(counts, 0, first);
    p.back() += sumOf(counts, last, counts.size());
    const std::size_t merged = slice.size() / cells;
    Counts q(slice.size());
    for (std::size_t cell = 0; cell < cells; ++cell) {
        const std::size_t from = cell * merged;
        const std::size_t to = from + merged;
        std::int64_t sum = sumOf(slice, from, to);
        if (cell + 1 == cells)
            sum += sumOf(slice, to, slice.size());
        const auto used = static_cast<std::int64_t>(merged)
                          - std::count(p.begin() + static_cast<std::ptrdiff_t>(from),
                                       p.begin() + static_cast<std::ptrdiff_t>(to), 0);
        if (used > 0)
            std::fill(q.begin() + static_cast<std::ptrdiff_t>(from),
                      q.begin() + static_cast<std::ptrdiff_t>(to), sum / used);
    }
    return divergence(smoothed(p), smoothed(q));
}

} // namespace

Interval ortEntropyRange(std::span<const float> values, std::size_t bins, std::size_t quantizedBins)
{
    assert(bins % 2 == 0 && quantizedBins >= 2 && quantizedBins <= bins);
    if (values.empty())
        return {};
    Extremes ends;
    extremesOfRuns(values, values.size(), {&ends, 1});
    const double bound = std::max(-static_cast<double>(ends.min), static_cast<double>(ends.max));
    if (bound == 0)
        return {};
    const std::vector<float> edges = edgesOf(bound, bins);
    const Counts counts = histogramOf(values, edges);
    const std::size_t zero = bins / 2;
    double least = std::numeric_limits<double>::infinity();
    Interval best{edges[zero - quantizedBins / 2], edges[std::min(zero + quantizedBins / 2 + 1, bins)]};
    for (std::size_t i = quantizedBins / 2; i <= zero; ++i) {
        const std::size_t first = zero - i;
        const std::size_t last = std::min(zero + i + 1, bins);
        const double found = divergenceOf(counts, first, last, quantizedBins);
        if (found < least) {
            least = found;
            best = {edges[first], edges[last]};
        }
    }
    return {std::max(best.lo, ends.min), std::min(best.hi, ends.max)};
}

} // namespace quantoscope
