// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/bookrange.h"

#include "core/metrics/valuestats.h"
#include "core/quant/elements/elementformat.h"
#include "core/quant/ranges/limitsearch.h"
#include "core/quant/ranges/pointset.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace quantoscope {

namespace {

constexpr std::size_t mostOnElements = 1 << 16;

/// Sorted points with running sums: the error of a limit from one look at each level.
class BookErrors
{
public:
    BookErrors(PointSet& set, std::span<const float> levels) : m_levels(levels), m_values(set.values)
    {
        if (set.weights.empty())
            std::sort(m_values.begin(), m_values.end());
        m_weights.resize(m_values.size() + 1);
        m_sums.resize(m_values.size() + 1);
        for (std::size_t i = 0; i < m_values.size(); ++i) {
            const double w = set.weights.empty() ? 1.0 : static_cast<double>(set.weights[i]);
            m_weights[i + 1] = m_weights[i] + w;
            m_sums[i + 1] = m_sums[i] + w * static_cast<double>(m_values[i]);
            m_energy += w * static_cast<double>(m_values[i]) * static_cast<double>(m_values[i]);
        }
        for (std::size_t k = 1; k < levels.size(); ++k)
            m_borders.push_back((static_cast<double>(levels[k - 1]) + static_cast<double>(levels[k])) / 2);
    }

    double energy() const { return m_energy; }

    double error(double limit) const
    {
        double sum = m_energy;
        std::size_t from = 0;
        const auto cell = [&](std::size_t to, std::size_t level) {
            const double y = static_cast<double>(m_levels[level]) * limit;
            sum += y * (y * (m_weights[to] - m_weights[from]) - 2 * (m_sums[to] - m_sums[from]));
            from = to;
        };
        if (m_borders.size() < m_values.size()) {
            for (std::size_t k = 0; k < m_borders.size() && from < m_values.size(); ++k)
                cell(after(m_values, from, static_cast<float>(m_borders[k] * limit)), k);
            cell(m_values.size(), from < m_values.size() ? m_borders.size() : 0);
            return sum;
        }
        // More levels than points: each point looks for its level.
        for (std::size_t i = 0; i < m_values.size(); ++i) {
            const double t = static_cast<double>(m_values[i]) / limit;
            const auto level = std::lower_bound(m_borders.begin(), m_borders.end(), t) - m_borders.begin();
            cell(i + 1, static_cast<std::size_t>(level));
        }
        return sum;
    }

private:
    /// First position from `from` on whose value is above the border.
    static std::size_t after(const std::vector<float>& values, std::size_t from, float border)
    {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(from);
        return static_cast<std::size_t>(std::upper_bound(begin, values.end(), border) - values.begin());
    }

    std::span<const float> m_levels;
    std::vector<float>& m_values;
    std::vector<double> m_weights, m_sums, m_borders;
    double m_energy = 0;
};

/// Σ((x̂ - x)·gain)² with float32 arithmetic, blocks of 4096 in order.
double judged(std::span<const float> values, std::span<const float> levels, const std::vector<float>& borders,
              float limit, double gain, const std::stop_token& stop)
{
    double sum = 0;
    for (std::size_t begin = 0; begin < values.size(); begin += 4096) {
        throwIfStopped(stop);
        double block = 0;
        for (const float x : values.subspan(begin, std::min<std::size_t>(4096, values.size() - begin))) {
            if (!std::isfinite(x))
                continue;
            const auto level = std::lower_bound(borders.begin(), borders.end(), x / limit) - borders.begin();
            const double e = (static_cast<double>(levels[static_cast<std::size_t>(level)] * limit)
                              - static_cast<double>(x))
                             * gain;
            block += e * e;
        }
        sum += block;
    }
    return sum;
}

LimitShape shapeOf(std::span<const float> levels)
{
    double gap = 1; // the outermost
    for (std::size_t k = 1; k < levels.size(); ++k)
        if (k == 1 || k + 1 == levels.size())
            gap = std::min(gap, static_cast<double>(levels[k]) - static_cast<double>(levels[k - 1]));
    const double spread = static_cast<double>(levels.back()) - static_cast<double>(levels.front());
    return {spread / static_cast<double>(levels.size() - 1), 1, std::max(1.0, 1 / std::max(gap, 0x1p-16))};
}

} // namespace

Interval mseRangeOfBook(std::span<const float> values, std::span<const float> sortedLevels,
                        std::stop_token stop)
{
    throwIfStopped(stop);
    if (values.empty() || sortedLevels.size() < 2)
        return {};
    Extremes found;
    extremesOfRuns(values, values.size(), {&found, 1});
    const float largest = std::max(-found.min, found.max);
    if (largest == 0)
        return {};
    PointSet set;
    if (values.size() > mostOnElements)
        set.take(FloatBins::of(values, stop), 0, false, false);
    else
        set.take(values, {found.min, found.max}, found.finite == values.size(), 0, false);
    const BookErrors errors(set, sortedLevels);
    LimitSearch search(
        [&](std::span<const double> limits, std::span<double> out) {
            throwIfStopped(stop);
            std::transform(limits.begin(), limits.end(), out.begin(),
                           [&](double limit) { return errors.error(limit); });
        },
        shapeOf(sortedLevels), set.moved(static_cast<double>(largest)), set.weight, errors.energy());
    search.run();
    std::vector<float> borders;
    for (std::size_t k = 1; k < sortedLevels.size(); ++k)
        borders.push_back(borderBetween(sortedLevels[k - 1], sortedLevels[k]));
    float best = largest;
    double least = judged(values, sortedLevels, borders, largest, set.gain, stop);
    for (const LimitSearch::Trial& trial : search.best()) {
        const float limit = set.restored(trial.limit);
        const double error = limit > 0 ? judged(values, sortedLevels, borders, limit, set.gain, stop) : least;
        if (error < least) {
            least = error;
            best = limit;
        }
    }
    return {-best, best};
}

} // namespace quantoscope
