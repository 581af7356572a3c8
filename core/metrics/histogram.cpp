// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/histogram.h"

#include "core/metrics/affinehistogram.h"
#include "core/metrics/valuestats.h"
#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>

namespace quantoscope {

void Histogram::merge(const Histogram& other)
{
    assert(lo == other.lo && hi == other.hi && counts.size() == other.counts.size());
    std::transform(counts.begin(), counts.end(), other.counts.begin(), counts.begin(), std::plus<>());
    below += other.below;
    above += other.above;
    notFinite += other.notFinite;
}

Histogram histogram(std::span<const float> values, double lo, double hi, std::size_t bins)
{
    constexpr std::size_t perTask = 1 << 18;
    tbb::enumerable_thread_specific<AffineHistogram> parts(AffineHistogram(lo, hi, bins));
    parallelFor((values.size() + perTask - 1) / perTask, [&](std::size_t task) {
        const std::size_t begin = task * perTask;
        parts.local().add(values.subspan(begin, std::min(perTask, values.size() - begin)), {});
    });
    Histogram result = AffineHistogram(lo, hi, bins).result();
    for (const AffineHistogram& part : parts)
        result.merge(part.result());
    return result;
}

StreamingHistogram::StreamingHistogram(std::size_t halfBins) : m_half(halfBins), m_counts(2 * halfBins)
{
    assert(std::has_single_bit(halfBins));
}

void StreamingHistogram::widenTo(double absMax)
{
    // The smallest power of two w with absMax < half · w; never narrower than before.
    int exponent = 0;
    std::frexp(absMax / static_cast<double>(m_half),
               &exponent); // fraction in [0.5, 1): absMax/half < 2^exponent
    const double width = std::ldexp(1.0, exponent);
    if (m_width == 0)
        m_width = width; // what was added so far is all zeros: bin `half`
    while (m_width < width) {
        // Neighbours 2k and 2k+1 meet in one bin; edges stay multiples of the width.
        std::vector<std::uint64_t> merged(m_counts.size());
        for (std::size_t i = 0; i < m_counts.size(); ++i)
            merged[m_half / 2 + i / 2] += m_counts[i];
        m_counts = std::move(merged);
        m_width *= 2;
    }
}

void StreamingHistogram::add(std::span<const float> values)
{
    const Extremes range = extremes(values);
    m_notFinite += range.nan + range.inf;
    if (range.finite == 0)
        return;
    const double absMax =
        std::max(std::abs(static_cast<double>(range.min)), std::abs(static_cast<double>(range.max)));
    if (absMax > 0)
        widenTo(absMax);
    if (m_width == 0) {
        m_counts[m_half] += range.finite;
        return;
    }
    for (const float x : values) {
        if (!std::isfinite(x))
            continue;
        // Exact: a power-of-two division of a float in double.
        const double bin = std::floor(static_cast<double>(x) / m_width) + static_cast<double>(m_half);
        ++m_counts[static_cast<std::size_t>(bin)];
    }
}

void StreamingHistogram::merge(const StreamingHistogram& other)
{
    assert(m_half == other.m_half);
    StreamingHistogram copy = other;
    const double width = std::max(m_width, copy.m_width);
    if (width > 0) {
        const double justInside = width * static_cast<double>(m_half) * 0.75; // needs exactly this width
        widenTo(justInside);
        copy.widenTo(justInside);
    }
    std::transform(m_counts.begin(), m_counts.end(), copy.m_counts.begin(), m_counts.begin(), std::plus<>());
    m_notFinite += copy.m_notFinite;
}

std::uint64_t StreamingHistogram::count() const
{
    return std::accumulate(m_counts.begin(), m_counts.end(), std::uint64_t{0});
}

} // namespace quantoscope
