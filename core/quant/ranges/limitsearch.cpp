// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/limitsearch.h"

#include "core/formats/synth/exactmath.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace quantoscope {

LimitSearch::LimitSearch(Measure errorsOf, const LimitShape& shape, double largest, double weight,
                         double energy)
    : m_errorsOf(std::move(errorsOf)), m_shape(shape), m_largest(largest), m_weight(weight), m_energy(energy),
      m_least(std::numeric_limits<double>::infinity())
{
}

void LimitSearch::measure(std::span<const double> limits)
{
    const std::size_t count = limits.size();
    assert(count <= mostAtOnce && std::is_sorted(limits.begin(), limits.end()));
    if (count == 0 || m_count + count > mostTrials)
        return;
    std::array<double, mostAtOnce> errors;
    m_errorsOf(limits, {errors.data(), count});
    take(limits, {errors.data(), count});
}

void LimitSearch::take(std::span<const double> limits, std::span<const double> errors)
{
    const std::size_t count = limits.size();
    std::array<Trial, mostAtOnce> found;
    for (std::size_t i = 0; i < count; ++i) {
        found[i] = {limits[i], errors[i]};
        m_least = std::min(m_least, found[i].error);
    }
    // Merged from the back, in place.
    std::size_t old = m_count;
    std::size_t fresh = count;
    m_count += count;
    for (std::size_t to = m_count; fresh > 0;) {
        const bool takeOld = old > 0 && m_trials[old - 1].limit > found[fresh - 1].limit;
        m_trials[--to] = takeOld ? m_trials[--old] : found[--fresh];
    }
}

/// `count` limits between both, evenly on the logarithmic axis; `to` is known already or the last of them.
void LimitSearch::sample(double from, double to, std::size_t count, bool withTo)
{
    std::array<double, mostAtOnce> limits;
    const double ratio = exactmath::exp(exactmath::log(to / from) / static_cast<double>(count + !withTo));
    double limit = from;
    for (std::size_t i = 0; i < count; ++i) {
        limit = std::min(limit * ratio, to);
        limits[i] = limit;
    }
    if (withTo)
        limits[count - 1] = to;
    measure({limits.data(), count});
}

double LimitSearch::lowerBound() const
{
    const double root = std::sqrt(m_least);
    const double byLargest = m_largest - root;
    const double byAll = (std::sqrt(m_energy) - root) / std::sqrt(m_weight);
    return std::max({byLargest, byAll, m_largest * 0x1p-40}) / m_shape.reach;
}

void LimitSearch::findValley()
{
    // Where the bound will about be, if rounding errors are spread evenly over a step.
    const double step = m_shape.step * m_largest;
    const double guess = 1.2 * step * std::sqrt(m_weight / 12) + step;
    double from = m_largest * std::clamp(1 - guess / m_largest, 1.0 / 16, 0.98);
    sample(from, m_largest, 16, true);
    for (int round = 0; round < 4; ++round) {
        const double bound = lowerBound();
        if (bound >= from)
            break;
        sample(bound, from, 16, true);
        from = bound;
    }
}

double LimitSearch::bracket()
{
    if (m_count == 0)
        findValley();
    return lowerBound();
}

void LimitSearch::run(const MeasureRow& row)
{
    bracket();
    if (m_least == 0)
        return;
    // Ripple: sums of N squares of evenly spread errors deviate by 0.9/√N of themselves; eight times that,
    // as zeros do not count.
    const double worst = m_least * (1.01 + 7 / std::sqrt(m_weight));
    std::size_t first = 0;
    while (m_trials[first].error > worst)
        ++first;
    std::size_t last = m_count - 1;
    while (m_trials[last].error > worst)
        --last;
    const double from = std::max(m_trials[first > 0 ? first - 1 : 0].limit, lowerBound());
    const double to = m_trials[std::min(last + 1, m_count - 1)].limit;
    // Small sets ripple more and cost less.
    const bool few = m_weight < 4096;
    if (from < to && row) {
        sampleRows(row, from, to, few);
    } else if (from < to) {
        const double wanted = (few ? 16 : 3.5) * m_shape.steps * exactmath::log(to / from);
        const auto vectors =
            static_cast<std::size_t>(std::clamp(std::ceil(wanted / 16), 1.0, few ? 6.0 : 4.0));
        sample(from, to, 16 * vectors, false);
    }
    if (few)
        refine(2 * mostValleys);
    if (few || !row)
        refine(mostValleys);
    refine(mostValleys);
}

/// So densely that a usual element moves on by a small part of a step from one trial to the next.
void LimitSearch::sampleRows(const MeasureRow& row, double from, double to, bool few)
{
    const double usual = std::min(1.0, std::sqrt(m_energy / m_weight) / to);
    const double range = exactmath::log(to / from);
    const double wanted =
        std::max(few ? 64.0 : 32.0, (few ? 48 : 28) * std::max(usual, 0.2) * m_shape.steps * range);
    const double rows = std::clamp(std::ceil(wanted / mostAtOnce), 1.0, few ? 4.0 : 2.0);
    const auto count =
        16 * static_cast<std::size_t>(std::clamp(std::ceil(wanted / rows / 16), 1.0, mostAtOnce / 16.0));
    const double ratio = exactmath::exp(range / rows);
    std::array<double, mostAtOnce> limits, errors;
    for (double begin = from; begin * 1.000001 < to; begin *= ratio) {
        row(begin, std::min(begin * ratio, to), {limits.data(), count}, {errors.data(), count});
        take({limits.data(), count}, {errors.data(), count});
    }
}

/// Between the `valleys` lowest local minima and their neighbours.
void LimitSearch::refine(std::size_t valleys)
{
    std::array<std::size_t, 2 * mostValleys> chosen;
    std::size_t count = 0;
    for (std::size_t i = 0; i < m_count; ++i) {
        const double error = m_trials[i].error;
        if ((i > 0 && m_trials[i - 1].error < error) || (i + 1 < m_count && m_trials[i + 1].error <= error))
            continue;
        std::size_t at = count < valleys ? count++ : valleys;
        for (; at > 0 && m_trials[chosen[at - 1]].error > error; --at)
            if (at < valleys)
                chosen[at] = chosen[at - 1];
        if (at < valleys)
            chosen[at] = i;
    }
    for (std::size_t i = 1; i < count; ++i) // back to ascending limits
        for (std::size_t k = i; k > 0 && chosen[k] < chosen[k - 1]; --k)
            std::swap(chosen[k], chosen[k - 1]);
    std::array<double, mostAtOnce> probes;
    std::size_t probeCount = 0;
    for (std::size_t c = 0; c < count; ++c) {
        const std::size_t i = chosen[c];
        const Trial& own = m_trials[i];
        const Trial& left = m_trials[i > 0 ? i - 1 : i];
        const Trial& right = m_trials[i + 1 < m_count ? i + 1 : i];
        const double a = own.limit - left.limit;
        const double b = right.limit - own.limit;
        // The lowest point of the parabola through the three, which lies between them.
        double vertex = own.limit;
        const double slopeLeft = a > 0 ? (left.error - own.error) / a : 0;
        const double slopeRight = b > 0 ? (right.error - own.error) / b : 0;
        if (a > 0 && b > 0 && slopeLeft + slopeRight > 0)
            vertex += (slopeLeft * b - slopeRight * a) / (2 * (slopeLeft + slopeRight));
        std::array<double, 3> three = {own.limit - a / 2, vertex, own.limit + b / 2};
        std::sort(three.begin(), three.end());
        for (const double probe : three)
            if (probe != own.limit && (probeCount == 0 || probe > probes[probeCount - 1]))
                probes[probeCount++] = probe;
    }
    measure({probes.data(), probeCount});
}

std::array<LimitSearch::Trial, 2> LimitSearch::best() const
{
    std::array<Trial, 2> result = {m_trials[0], m_trials[0]};
    for (std::size_t i = 1; i < m_count; ++i) {
        if (m_trials[i].error < result[0].error) {
            result[1] = result[0];
            result[0] = m_trials[i];
        } else if (m_trials[i].error < result[1].error) {
            result[1] = m_trials[i];
        }
    }
    return result;
}

} // namespace quantoscope
