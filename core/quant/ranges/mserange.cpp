// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/mserange.h"

#include "core/metrics/valuestats.h"
#include "core/quant/ranges/intervalsearch.h"
#include "core/quant/ranges/limitsearch.h"
#include "core/quant/ranges/rangeshape.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace quantoscope {

namespace {

constexpr std::size_t mostOnElements = 1 << 16; // they and their copies still fit the second-level cache
constexpr std::size_t perTask = 1 << 18;
constexpr std::size_t fewElements = 256; // searched exactly
constexpr double mostChanges = 1 << 16;  // unless codes change that often
constexpr std::size_t fewestInRows = 257;
constexpr double closeCall =
    1.001; // what trials and the engine's own arithmetic may differ by, and much more
constexpr double mostStepsInRows = 1 << 12; // float32 products keep their fractions

/// Errors of at most 8 sets over any number of values; the order of the sums depends on the size alone.
void errorsOf(std::span<const float> values, std::span<const SetParams> sets, CodeRange codes, float gain,
              std::span<double> errors, const std::stop_token& stop)
{
    if (values.size() <= perTask) {
        judgedErrors(values, sets, codes, gain, errors);
        return;
    }
    std::vector<std::array<double, 8>> parts((values.size() + perTask - 1) / perTask);
    parallelFor(
        parts.size(),
        [&](std::size_t task) {
            const std::size_t begin = task * perTask;
            judgedErrors(values.subspan(begin, std::min(perTask, values.size() - begin)), sets, codes, gain,
                         {parts[task].data(), sets.size()});
        },
        stop);
    std::fill(errors.begin(), errors.end(), 0.0);
    for (const auto& part : parts)
        for (std::size_t s = 0; s < sets.size(); ++s)
            errors[s] += part[s];
}

/// A grid of one limit: scale = scalePerLimit · L, t = x/scale + shift, codes 0 … top.
struct LimitGrid
{
    double scalePerLimit = 1; ///< negative on symmetric-signed with a positive largest value
    float shift = 0;
    float top = 0;
    bool oneSided = false; ///< the points are magnitudes
    LimitShape shape;
    StepLevels levels;
};

/// From what makeParams() does; codes count from the lowest.
LimitGrid limitGridOf(const Scheme& scheme, CodeRange codes, bool alike, bool negativeSide)
{
    const int spread = codes.max - codes.min;
    LimitGrid grid;
    if (alike) {
        // Magnitudes will do. An odd number of steps has no level at 0.
        grid.oneSided = true;
        grid.scalePerLimit = 2.0 / spread;
        grid.shift = spread % 2 != 0 ? -0.5f : 0.0f;
        grid.top = static_cast<float>(spread / 2);
        grid.shape = {2.0 / spread, 1, spread / 2.0};
        grid.levels = {spread % 2 != 0 ? 0.5 : 0.0, grid.top, grid.top};
        return grid;
    }
    const SetParams unit = makeParams(scheme, negativeSide ? Interval{-1, 0} : Interval{0, 1});
    const int below = unit.zeroPoint - codes.min;
    const int above = codes.max - unit.zeroPoint;
    grid.top = static_cast<float>(spread);
    grid.shift = static_cast<float>(below);
    switch (scheme.grid) {
    case Grid::SymmetricFullNeg:
        grid.scalePerLimit = 1.0 / below;
        break;
    case Grid::SymmetricWide:
        grid.scalePerLimit = 1.0 / above;
        break;
    case Grid::SymmetricSigned:
        grid.scalePerLimit = (negativeSide ? 1.0 : -1.0) / below;
        break;
    default:
        grid.scalePerLimit = 2.0 / spread;
    }
    const double step = std::abs(grid.scalePerLimit);
    const double steps = std::max(below, above);
    const bool mirrored = grid.scalePerLimit < 0;
    grid.levels = {0, static_cast<double>(mirrored ? below : above),
                   static_cast<double>(mirrored ? above : below)};
    grid.shape = {step, step * steps, steps};
    return grid;
}

} // namespace

MseSearch::MseSearch(const Scheme& scheme) : m_scheme(scheme), m_codes(codeRange(scheme)) {}

MseSearch::~MseSearch() = default;

/// Whether levels lie alike on both sides of 0.
bool MseSearch::magnitudes() const
{
    return m_scheme.grid == Grid::MidRise
           || (m_scheme.grid == Grid::Symmetric && (m_codes.max - m_codes.min) % 2 == 0);
}

/// Offset: the minimum, so that values far from 0 keep their digits.
double MseSearch::originFor(Interval ends) const
{
    return m_scheme.grid == Grid::Offset ? static_cast<double>(ends.lo) : 0.0;
}

Interval MseSearch::range(std::span<const float> values, std::stop_token stop)
{
    throwIfStopped(stop);
    if (values.empty())
        return {};
    Extremes found;
    const bool large = values.size() > mostOnElements;
    if (large)
        found = extremes(values);
    else
        extremesOfRuns(values, values.size(), {&found, 1});
    const Interval ends{found.min, found.max};
    if (found.finite == 0 || ends.lo == ends.hi)
        return ends;
    if (large)
        m_set.take(FloatBins::of(values, stop), originFor(ends), magnitudes(), m_scheme.bits > 8);
    else
        m_set.take(values, ends, found.finite == values.size(), originFor(ends), magnitudes());
    Shortlist list = shortlist();
    if (list.withEnds)
        list.add(ends);
    if (list.count == 1)
        return list.ranges[0];
    std::array<SetParams, 3> sets;
    std::transform(list.ranges, list.ranges + list.count, sets.begin(),
                   [&](Interval range) { return makeParams(m_scheme, range); });
    std::array<double, 3> errors;
    errorsOf(values, {sets.data(), list.count}, m_codes, static_cast<float>(m_set.gain),
             {errors.data(), list.count}, stop);
    // Of equal errors min-max, then the better of the shortlist.
    std::size_t best = list.count - 1;
    for (std::size_t i = list.count - 1; i-- > 0;)
        if (errors[i] < errors[best])
            best = i;
    return list.ranges[best];
}

Interval MseSearch::range(const FloatBins& bins)
{
    const Interval ends = bins.ends();
    if (bins.finite() == 0 || ends.lo == ends.hi)
        return ends;
    m_set.take(bins, originFor(ends), magnitudes(), m_scheme.bits > 8);
    const Shortlist list = shortlist();
    return list.count > 0 ? list.ranges[0] : ends;
}

MseSearch::Shortlist MseSearch::shortlist()
{
    if (m_codes.min == m_codes.max || m_set.energy == 0)
        return {};
    return hasOneLimit(m_scheme.grid) ? shortLimits() : shortIntervals();
}

MseSearch::Shortlist MseSearch::shortLimits()
{
    const Interval ends = m_set.ends;
    const LimitGrid grid = limitGridOf(m_scheme, m_codes, magnitudes(), !(ends.hi > -ends.lo));
    Shortlist list;
    if (!std::isfinite(grid.scalePerLimit) || grid.scalePerLimit == 0)
        return list;
    const double largest = std::max(-static_cast<double>(ends.lo), static_cast<double>(ends.hi)) * m_set.gain;
    const auto errorsOfLimits = [&](std::span<const double> limits, std::span<double> errors) {
        std::array<float, mostInRow> perStep, shift;
        for (std::size_t i = 0; i < limits.size(); ++i)
            perStep[i] = static_cast<float>(1 / (grid.scalePerLimit * limits[i]));
        std::fill_n(shift.begin(), limits.size(), grid.shift);
        trialErrors(m_set.points(),
                    {{perStep.data(), limits.size()}, {shift.data(), limits.size()}, grid.top, grid.oneSided},
                    errors);
        for (std::size_t i = 0; i < limits.size(); ++i) {
            const auto inverse = static_cast<double>(perStep[i]);
            errors[i] /= inverse * inverse;
        }
    };
    LimitSearch search(errorsOfLimits, grid.shape, largest, m_set.weight, m_set.energy);
    const auto add = [&](double limit) {
        list.add(limit == largest ? ends : limitRange(m_scheme.grid, m_set.restored(limit), ends));
    };
    const double stepPerLimit = std::abs(grid.scalePerLimit);
    if (m_set.weights.empty()) {
        const double from = search.bracket() * stepPerLimit;
        const double to = largest * stepPerLimit;
        const double most = std::sqrt(m_set.weight * m_set.energy); // of Σ|x|
        if (from < to && m_set.values.size() <= fewElements
            && ExactSteps::changes(most, from, to) <= mostChanges) {
            ExactSteps::Minimum best[2];
            m_steps.find(m_set.values, grid.levels, from, to, m_set.energy, best);
            for (const ExactSteps::Minimum& minimum : best)
                add(minimum.step == to ? largest : minimum.step / stepPerLimit);
            return list;
        }
    }
    const double inner = std::min(grid.levels.up, grid.levels.down) + grid.levels.offset;
    const auto errorsOfRow = [&](double from, double to, std::span<double> limits, std::span<double> errors) {
        // Nothing within the lowest limit's last level is clipped by any of them.
        splitPoints(m_set.values, static_cast<float>(inner * stepPerLimit * from), m_inner);
        const double first = 1 / (stepPerLimit * from);
        const double increment = (1 / (stepPerLimit * to) - first) / static_cast<double>(limits.size() + 1);
        phaseErrors(m_inner, {first + increment, increment, grid.levels.offset != 0}, errors);
        std::array<float, mostInRow> perStep, shift;
        std::array<double, mostInRow> outer;
        const double sign = grid.scalePerLimit < 0 ? -1 : 1;
        for (std::size_t i = 0; i < limits.size(); ++i) {
            const double inverse = first + increment * static_cast<double>(i + 1);
            limits[i] = 1 / (stepPerLimit * inverse);
            perStep[i] = static_cast<float>(sign * inverse);
        }
        std::fill_n(shift.begin(), limits.size(), grid.shift);
        trialErrors({m_inner.others(), {}},
                    {{perStep.data(), limits.size()}, {shift.data(), limits.size()}, grid.top, grid.oneSided},
                    {outer.data(), limits.size()});
        for (std::size_t i = 0; i < limits.size(); ++i)
            errors[i] = (errors[i] + outer[i]) * (stepPerLimit * limits[i]) * (stepPerLimit * limits[i]);
    };
    const bool inRows =
        m_set.weights.empty() && m_set.values.size() >= fewestInRows && grid.shape.steps < mostStepsInRows;
    search.run(inRows ? LimitSearch::MeasureRow(errorsOfRow) : LimitSearch::MeasureRow());
    const std::array<LimitSearch::Trial, 2> best = search.best();
    add(best[0].limit);
    if (!inRows || best[1].error < closeCall * best[0].error)
        add(best[1].limit);
    list.withEnds = !inRows || search.errorOfLargest() < closeCall * best[0].error;
    return list;
}

MseSearch::Shortlist MseSearch::shortIntervals()
{
    const bool zeroPoint = m_scheme.grid == Grid::ZeroPoint;
    double lo = m_set.moved(static_cast<double>(m_set.ends.lo));
    double hi = m_set.moved(static_cast<double>(m_set.ends.hi));
    double centre = m_set.sum / m_set.weight;
    double energy = m_set.energy - centre * m_set.sum;
    if (zeroPoint) {
        lo = std::min(lo, 0.0);
        hi = std::max(hi, 0.0);
        centre = 0;
        energy = m_set.energy;
    }
    centre = std::clamp(centre, lo, hi);
    IntervalSearch search(m_set.points(), zeroPoint, static_cast<float>(m_codes.max - m_codes.min), lo, hi,
                          centre, m_set.weight, std::max(energy, 0.0));
    search.run();
    Shortlist list;
    for (const IntervalSearch::Trial& trial : search.best(2)) {
        const bool whole = trial.lo == lo && trial.hi == hi;
        list.add(whole ? m_set.ends : Interval{m_set.restored(trial.lo), m_set.restored(trial.hi)});
    }
    return list;
}

} // namespace quantoscope
