// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/percentile.h"

#include "core/metrics/valuestats.h"
#include "core/support/progress.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

namespace quantoscope {

namespace {

/// Order statistics of the finite values, or of their magnitudes, by one pass over the upper and one over the lower half of
/// their bits: exact without sorting, in the same memory whatever the size, and stopped at any time.
class OrderStatistics
{
public:
    OrderStatistics(std::span<const float> values, bool magnitudes, std::stop_token stop)
        : m_values(values), m_magnitudes(magnitudes), m_stop(std::move(stop)), m_upper(halves),
          m_lower(halves)
    {
        forKeys([this](std::uint32_t key) { ++m_upper[key >> 16]; });
        m_count = std::accumulate(m_upper.begin(), m_upper.end(), std::size_t{0});
    }

    bool empty() const { return m_count == 0; }

    /// Value at fraction `p` of the sorted values, linear between order statistics.
    double quantile(double p)
    {
        const double position = p * static_cast<double>(m_count - 1);
        const auto below = static_cast<std::size_t>(position);
        const double lower = at(below);
        if (below + 1 == m_count)
            return lower;
        return lower + (position - static_cast<double>(below)) * (at(below + 1) - lower);
    }

private:
    static constexpr std::size_t halves = 1 << 16;

    /// Bits in an order that is that of the values.
    std::uint32_t keyOf(std::uint32_t bits) const
    {
        if (m_magnitudes)
            return bits & 0x7fffffff;
        return bits >> 31 ? ~bits : bits | 0x80000000;
    }

    float valueOf(std::uint32_t key) const
    {
        if (m_magnitudes)
            return std::bit_cast<float>(key);
        return std::bit_cast<float>(key >> 31 ? key & 0x7fffffff : ~key);
    }

    template <class Body>
    void forKeys(Body body) const
    {
        constexpr std::size_t block = 1 << 16; // between two looks at the stop token
        for (std::size_t begin = 0; begin < m_values.size(); begin += block) {
            throwIfStopped(m_stop);
            for (const float x : m_values.subspan(begin, std::min(block, m_values.size() - begin))) {
                const auto bits = std::bit_cast<std::uint32_t>(x);
                if ((bits & 0x7f800000) != 0x7f800000) // finite
                    body(keyOf(bits));
            }
        }
    }

    /// Where the counts pass `rank`, which becomes the rank among the values counted there.
    static std::uint32_t find(const std::vector<std::size_t>& counts, std::size_t& rank)
    {
        std::uint32_t index = 0;
        while (rank >= counts[index])
            rank -= counts[index++];
        return index;
    }

    double at(std::size_t rank)
    {
        const std::uint32_t upper = find(m_upper, rank);
        if (!m_counted || *m_counted != upper) {
            std::fill(m_lower.begin(), m_lower.end(), 0);
            forKeys([this, upper](std::uint32_t key) { m_lower[key & 0xffff] += key >> 16 == upper; });
            m_counted = upper;
        }
        return static_cast<double>(valueOf(upper << 16 | find(m_lower, rank)));
    }

    std::span<const float> m_values;
    bool m_magnitudes;
    std::stop_token m_stop;
    std::vector<std::size_t> m_upper;
    std::vector<std::size_t> m_lower; ///< of the values whose upper half is *m_counted
    std::optional<std::uint32_t> m_counted;
    std::size_t m_count = 0;
};

/// The same for a set so small that counting tables would cost more than selecting in a copy.
class SelectedStatistics
{
public:
    SelectedStatistics(std::span<const float> values, bool magnitudes)
    {
        m_values.reserve(values.size());
        for (const float x : values)
            if (std::isfinite(x))
                m_values.push_back(magnitudes ? std::abs(x) : x);
    }

    bool empty() const { return m_values.empty(); }

    double quantile(double p)
    {
        const double position = p * static_cast<double>(m_values.size() - 1);
        const auto below = static_cast<std::size_t>(position);
        const auto nth = m_values.begin() + static_cast<std::ptrdiff_t>(below);
        std::nth_element(m_values.begin(), nth, m_values.end());
        const auto lower = static_cast<double>(*nth);
        if (below + 1 == m_values.size())
            return lower;
        const auto upper = static_cast<double>(*std::min_element(nth + 1, m_values.end()));
        return lower + (position - static_cast<double>(below)) * (upper - lower);
    }

private:
    std::vector<float> m_values;
};

template <class Statistics>
Interval rangeFrom(Statistics statistics, std::span<const float> values, double percentile, Grid grid)
{
    if (statistics.empty())
        return {};
    if (!isSymmetric(grid) && grid != Grid::MidRise) {
        const double tail = (1 - percentile / 100) / 2;
        return {static_cast<float>(statistics.quantile(tail)),
                static_cast<float>(statistics.quantile(1 - tail))};
    }
    const auto bound = static_cast<float>(statistics.quantile(percentile / 100));
    if (grid != Grid::SymmetricSigned)
        return {-bound, bound};
    Extremes ends; // its scale follows the sign of the largest value
    extremesOfRuns(values, values.size(), {&ends, 1});
    return ends.max > -ends.min ? Interval{0, bound} : Interval{-bound, 0};
}

} // namespace

Interval percentileRange(std::span<const float> values, double percentile, Grid grid, std::stop_token stop)
{
    constexpr std::size_t few = 1 << 15;
    const bool magnitudes = isSymmetric(grid) || grid == Grid::MidRise;
    if (values.size() <= few)
        return rangeFrom(SelectedStatistics(values, magnitudes), values, percentile, grid);
    return rangeFrom(OrderStatistics(values, magnitudes, std::move(stop)), values, percentile, grid);
}

} // namespace quantoscope
