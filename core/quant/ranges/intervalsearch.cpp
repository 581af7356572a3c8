// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/intervalsearch.h"

#include "core/formats/synth/exactmath.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

IntervalSearch::IntervalSearch(const Points& points, bool zeroPoint, float top, double lo, double hi,
                               double centre, double weight, double energy)
    : m_points(points), m_zeroPoint(zeroPoint), m_top(top), m_lo(lo), m_hi(hi), m_centre(centre),
      m_weight(weight), m_energy(energy), m_least(std::numeric_limits<double>::infinity())
{
    m_trials.reserve(1024);
}

IntervalSearch::Line IntervalSearch::lineOf(double lo, double hi) const
{
    const double scale = (hi - lo) / static_cast<double>(m_top);
    const double shift = -lo / scale;
    return {scale, static_cast<float>(m_zeroPoint ? std::nearbyint(shift) : shift)};
}

/// Errors of the trials from that one on.
void IntervalSearch::measure(std::size_t from)
{
    const std::size_t count = m_trials.size() - from;
    m_perStep.resize(count);
    m_shift.resize(count);
    m_errors.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Line line = lineOf(m_trials[from + i].lo, m_trials[from + i].hi);
        m_perStep[i] = static_cast<float>(1 / line.scale);
        m_shift[i] = line.shift;
    }
    trialErrors(m_points, {m_perStep, m_shift, m_top, false}, m_errors);
    for (std::size_t i = 0; i < count; ++i) {
        const auto inverse = static_cast<double>(m_perStep[i]);
        m_trials[from + i].error = m_errors[i] / (inverse * inverse);
        m_least = std::min(m_least, m_trials[from + i].error);
    }
}

void IntervalSearch::sample(const Box& box, std::size_t perAxis)
{
    const auto ratio = [&](double from, double to) {
        return exactmath::exp(exactmath::log(to / from) / static_cast<double>(perAxis - 1));
    };
    const double lowRatio = ratio(box.lowFrom, box.lowTo);
    const double highRatio = ratio(box.highFrom, box.highTo);
    const std::size_t begin = m_trials.size();
    double low = box.lowFrom;
    for (std::size_t i = 0; i < perAxis; ++i, low *= lowRatio) {
        double high = box.highFrom;
        for (std::size_t k = 0; k < perAxis; ++k, high *= highRatio) {
            const double lo = i + 1 == perAxis && box.lowTo == 1 ? m_lo : m_centre + (m_lo - m_centre) * low;
            const double hi =
                k + 1 == perAxis && box.highTo == 1 ? m_hi : m_centre + (m_hi - m_centre) * high;
            if (hi - lo > (m_hi - m_lo) * 0x1p-40)
                m_trials.push_back({lo, hi, 0});
            if (m_hi == m_centre)
                break; // that end does not move
        }
        if (m_lo == m_centre)
            break;
    }
    measure(begin);
}

/// The smallest shares that an end can have; a step of slack, since zero points are rounded.
IntervalSearch::Box IntervalSearch::bound() const
{
    const double below = m_centre - m_lo;
    const double above = m_hi - m_centre;
    const double root = std::sqrt(m_least);
    const double slack = root + (m_hi - m_lo) / static_cast<double>(m_top);
    // All points together: levels that all lie closer to the centre than this cost more.
    const double closest = std::max(0.0, (std::sqrt(m_energy) - root) / std::sqrt(m_weight));
    const double least = std::clamp(closest / std::max(below, above) / 2, 0x1p-20, 0.9);
    const auto share = [&](double side) { return side > 0 ? std::max(1 - slack / side, least) : 1.0; };
    return {std::min(share(below), 0.99), 1, std::min(share(above), 0.99), 1};
}

/// The box of the trials from that one on that are nearly as good as the best, and one of their distances around.
IntervalSearch::Box IntervalSearch::valley(std::size_t from, const Box& box, std::size_t perAxis) const
{
    const double worst = m_least * (1.02 + 4.5 / std::sqrt(m_weight));
    const auto shareOf = [](double value, double centre, double end) {
        return end == centre ? 1.0 : (value - centre) / (end - centre);
    };
    Box found{1, 0, 1, 0};
    for (std::size_t i = from; i < m_trials.size(); ++i) {
        if (m_trials[i].error > worst)
            continue;
        const double low = shareOf(m_trials[i].lo, m_centre, m_lo);
        const double high = shareOf(m_trials[i].hi, m_centre, m_hi);
        found = {std::min(found.lowFrom, low), std::max(found.lowTo, low), std::min(found.highFrom, high),
                 std::max(found.highTo, high)};
    }
    if (found.lowTo == 0)
        return box;
    const auto cell = [&](double first, double last) {
        return exactmath::exp(exactmath::log(last / first) / static_cast<double>(perAxis - 1));
    };
    const double low = cell(box.lowFrom, box.lowTo);
    const double high = cell(box.highFrom, box.highTo);
    return {std::max(found.lowFrom / low, box.lowFrom), std::min(found.lowTo * low, 1.0),
            std::max(found.highFrom / high, box.highFrom), std::min(found.highTo * high, 1.0)};
}

void IntervalSearch::run()
{
    const double step = (m_hi - m_lo) / static_cast<double>(m_top);
    const double guess = 1.2 * step * std::sqrt(m_weight / 12) + step;
    const auto share = [&](double side) {
        return side > 0 ? std::clamp(1 - guess / side, 1.0 / 16, 0.99) : 0.99;
    };
    Box box{share(m_centre - m_lo), 1, share(m_hi - m_centre), 1};
    sample(box, 8);
    std::size_t from = 0;
    for (int round = 0; round < 4; ++round) {
        const Box least = bound();
        if (least.lowFrom >= box.lowFrom && least.highFrom >= box.highFrom)
            break;
        box.lowFrom = std::min(box.lowFrom, least.lowFrom);
        box.highFrom = std::min(box.highFrom, least.highFrom);
        from = m_trials.size();
        sample(box, 8);
    }
    if (m_least == 0)
        return;
    std::size_t perAxis = 8;
    for (int round = 0; round < 2; ++round) {
        const Box next = valley(from, box, perAxis);
        const auto area = [](const Box& b) {
            return exactmath::log(b.lowTo / b.lowFrom) * exactmath::log(b.highTo / b.highFrom);
        };
        if (round > 0 && area(next) > area(box) / 2)
            break;
        box = next;
        perAxis = fewPoints() ? 10 : 24;
        from = m_trials.size();
        sample(box, perAxis);
    }
    descend();
}

void IntervalSearch::descend()
{
    const std::size_t starts = fewPoints() ? 16 : 48;
    std::vector<Trial> current = best(starts);
    std::vector<TrialSums> sums(current.size());
    m_perStep.resize(current.size());
    m_shift.resize(current.size());
    for (int round = 0; round < (fewPoints() ? 3 : 4); ++round) {
        for (std::size_t i = 0; i < current.size(); ++i) {
            const Line line = lineOf(current[i].lo, current[i].hi);
            m_perStep[i] = static_cast<float>(1 / line.scale);
            m_shift[i] = line.shift;
        }
        trialSums(m_points, {m_perStep, m_shift, m_top, false}, sums);
        for (std::size_t i = 0; i < current.size(); ++i) {
            // d = t - q ≈ a + g·q in steps: a new level q lies at scale·(q + a + g·q - shift).
            const TrialSums& sum = sums[i];
            const double scale = 1 / static_cast<double>(m_perStep[i]);
            const double zero = static_cast<double>(m_shift[i]);
            double a = 0, g = 0;
            if (m_zeroPoint) {
                // About the zero level, which stays: d ≈ g·(q - z).
                const double rr = sum.qq - 2 * zero * sum.q + zero * zero * sum.weight;
                g = rr > 0 ? (sum.qd - zero * sum.d) / rr : 0;
                a = -g * zero;
            } else {
                const double mean = sum.q / sum.weight;
                const double rr = sum.qq - mean * sum.q;
                g = rr > 0 ? (sum.qd - mean * sum.d) / rr : 0;
                a = sum.d / sum.weight - g * mean;
            }
            g = std::clamp(g, -0.25, 0.25);
            current[i].lo = scale * (a - zero);
            current[i].hi = scale * (a - zero + (1 + g) * static_cast<double>(m_top));
        }
    }
    const std::size_t begin = m_trials.size();
    m_trials.insert(m_trials.end(), current.begin(), current.end());
    measure(begin);
}

std::vector<IntervalSearch::Trial> IntervalSearch::best(std::size_t count) const
{
    // Most are ruled out by a look at a few of them: sorting all costs more than measuring them on a small set.
    count = std::min(count, m_trials.size());
    const auto better = [](const Trial& x, const Trial& y) {
        // Equal ones in an order of their own, so that the answer does not depend on the sort.
        return x.error != y.error ? x.error < y.error : x.lo != y.lo ? x.lo < y.lo : x.hi > y.hi;
    };
    std::vector<Trial> heap(m_trials.begin(), m_trials.begin() + static_cast<std::ptrdiff_t>(count));
    std::make_heap(heap.begin(), heap.end(), better);
    for (std::size_t i = count; i < m_trials.size(); ++i) {
        if (!better(m_trials[i], heap.front()))
            continue;
        std::pop_heap(heap.begin(), heap.end(), better);
        heap.back() = m_trials[i];
        std::push_heap(heap.begin(), heap.end(), better);
    }
    std::sort_heap(heap.begin(), heap.end(), better);
    return heap;
}

} // namespace quantoscope
