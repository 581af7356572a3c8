// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/measure.h"

#include "core/quant/errorpass.h"
#include "core/quant/measureelements.h"
#include "core/quant/settasks.h"
#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// A power of two that brings the largest magnitude near 1 where squares of it could leave float32.
float gainFor(double largest)
{
    if (!(largest > 0) || (largest >= 0x1p-20 && largest <= 0x1p40))
        return 1.0f;
    return std::ldexp(1.0f, std::clamp(-std::ilogb(largest), -126, 126));
}

double largestMagnitude(const Extremes& values, const ParamSets& params)
{
    double largest =
        std::max(std::abs(static_cast<double>(values.min)), std::abs(static_cast<double>(values.max)));
    if (params.scheme.range.kind == RangeRule::Kind::Manual) { // levels may lie far beyond the data
        const Interval ends = valueEnds(params, 0);
        largest = std::max(
            {largest, std::abs(static_cast<double>(ends.lo)), std::abs(static_cast<double>(ends.hi))});
    }
    return largest;
}

/// Whether runErrorPass() makes the scheme's codes and values itself.
bool isFused(const ParamSets& params)
{
    const Scheme& scheme = params.scheme;
    const bool known =
        scheme.format == Format::Int || (scheme.format == Format::Binary && scheme.grid == Grid::Symmetric);
    return known && !params.coded && scheme.scaling == Scaling::Divide;
}

PassRounding passRounding(const Scheme& scheme)
{
    if (scheme.format == Format::Binary)
        return PassRounding::Sign;
    switch (scheme.rounding.kind) {
    case Rounding::Kind::HalfEven:
        return PassRounding::HalfEven;
    case Rounding::Kind::HalfAway:
        return PassRounding::HalfAway;
    case Rounding::Kind::HalfUp:
        return PassRounding::HalfUp;
    case Rounding::Kind::Floor:
        return PassRounding::Floor;
    case Rounding::Kind::Stochastic:
        break;
    }
    return PassRounding::Stochastic;
}

/// The runs of a task, and the values and draws of those that could not be taken as they lie.
class TaskRuns
{
public:
    TaskRuns(const ChannelMajor& values, const SetTasks& tasks, std::size_t task, bool allFinite,
             const Rounding& rounding, ErrorSums& sums)
    {
        const bool stochastic = rounding.kind == Rounding::Kind::Stochastic;
        if (allFinite && !stochastic) {
            tasks.forBlocks(task, [&](const SetBlock& block) {
                m_runs.push_back(
                    {values.values.data() + block.begin, block.count, nullptr, block.firstSet, block.sets});
            });
            return;
        }
        // Runs point into them: they must never grow.
        m_values.reserve(elementsPerTask);
        m_noise.reserve(stochastic ? elementsPerTask : 0);
        tasks.forStretches(task, [&](const Stretch& stretch) {
            const std::size_t first = m_values.size();
            const std::size_t count = take(values, stretch, stochastic, rounding.seed, sums);
            m_runs.push_back(
                {m_values.data() + first, count, stochastic ? m_noise.data() + first : nullptr, stretch.set});
        });
    }
    std::span<const PassRun> runs() const { return m_runs; }

private:
    /// Packs the finite values of a stretch and counts the others.
    std::size_t take(const ChannelMajor& values, const Stretch& stretch, bool stochastic, std::uint64_t seed,
                     ErrorSums& sums)
    {
        const std::size_t before = m_values.size();
        for (std::size_t i = stretch.begin; i < stretch.begin + stretch.count; ++i) {
            const float x = values.values[i];
            if (!std::isfinite(x)) {
                ++(std::isnan(x) ? sums.nan : sums.inf);
                continue;
            }
            m_values.push_back(x);
            if (stochastic)
                m_noise.push_back(stochasticDraw(seed, values.memoryIndex(i)));
        }
        return m_values.size() - before;
    }

    std::vector<PassRun> m_runs;
    std::vector<float> m_values; ///< the finite ones, packed
    std::vector<float> m_noise;
};

} // namespace

PassResult measureError(const ChannelMajor& values, const ParamSets& params, const PassOptions& options,
                        std::stop_token stop, std::optional<std::size_t> onlySet)
{
    const Extremes range = options.extremes ? *options.extremes : extremes(values.values);
    const bool allFinite = range.finite == values.values.size();
    const float gain = params.sets.empty() ? 1.0f : gainFor(largestMagnitude(range, params));
    if (!isFused(params))
        return measureElements(values, params, options, gain, std::move(stop), onlySet);
    const PassRounding rounding = passRounding(params.scheme);
    const auto codes = static_cast<std::size_t>(params.codes.max - params.codes.min + 1);

    const SetTasks tasks(params.layout, onlySet);
    std::vector<ErrorSums> partial(tasks.count());
    tbb::enumerable_thread_specific<std::vector<std::uint64_t>> counts(
        [&] { return std::vector<std::uint64_t>(options.codeCounts ? codes : 0); });
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            const TaskRuns runs(values, tasks, task, allFinite, params.scheme.rounding, partial[task]);
            ErrorPass pass({.sets = params.sets.data(),
                            .codes = params.codes,
                            .rounding = rounding,
                            .full = options.full,
                            .gain = gain,
                            .codeCounts = options.codeCounts ? counts.local().data() : nullptr});
            pass.add(runs.runs());
            pass.addTo(partial[task]);
        },
        stop);

    PassResult result;
    for (const ErrorSums& sums : partial)
        result.sums.add(sums);
    if (options.codeCounts) {
        result.codeCounts.resize(codes);
        for (const auto& local : counts)
            std::transform(local.begin(), local.end(), result.codeCounts.begin(), result.codeCounts.begin(),
                           std::plus<>());
    }
    return result;
}

} // namespace quantoscope
