// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/fusedmeasure.h"

#include "core/quant/settasks.h"
#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// Values that every pass sees before the next ones are read: they and the sums stay in the second-level cache.
constexpr std::size_t elementsPerPiece = 1 << 14;
static_assert(elementsPerPiece % ErrorState::virtualLanes == 0);

/// The runs of a task, and the values and draws of those that could not be taken as they lie.
class TaskRuns
{
public:
    /// What is not finite is counted in `sums`.
    TaskRuns(const FusedMeasure& measure, const SetTasks& tasks, std::size_t task, ErrorSums& sums)
    {
        const bool stochastic = measure.rounding.kind == Rounding::Kind::Stochastic;
        if (measure.allFinite && !stochastic) {
            tasks.forBlocks(task, [&](const SetBlock& block) {
                m_runs.push_back({measure.values.values.data() + block.begin, block.count, nullptr,
                                  block.firstSet, block.sets});
            });
            return;
        }
        // Runs point into them: they must never grow.
        m_values.reserve(elementsPerTask);
        m_noise.reserve(stochastic ? elementsPerTask : 0);
        tasks.forStretches(task, [&](const Stretch& stretch) {
            const std::size_t first = m_values.size();
            const std::size_t count = take(measure.values, stretch, stochastic, measure.rounding.seed, sums);
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

/// Hands the values of runs out piece by piece, each piece as a few runs.
template <class Body>
class Pieces
{
public:
    explicit Pieces(Body body) : m_body(body) {}

    void add(const PassRun& run)
    {
        const std::size_t setsAtOnce =
            std::max<std::size_t>(1, elementsPerPiece / std::max<std::size_t>(1, run.count));
        for (std::size_t set = 0; set < run.sets; set += setsAtOnce) {
            const std::size_t sets = std::min(setsAtOnce, run.sets - set);
            const std::size_t first = set * run.count;
            if (sets > 1) {
                push(run, first, run.count, set, sets);
                continue;
            }
            for (std::size_t at = 0; at < run.count; at += elementsPerPiece)
                push(run, first + at, std::min(elementsPerPiece, run.count - at), set, 1);
        }
    }
    void flush()
    {
        m_body(m_runs);
        m_runs.clear();
        m_elements = 0;
    }

private:
    void push(const PassRun& run, std::size_t first, std::size_t count, std::size_t set, std::size_t sets)
    {
        m_runs.push_back(
            {run.values + first, count, run.noise ? run.noise + first : nullptr, run.firstSet + set, sets});
        m_elements += count * sets;
        if (m_elements >= elementsPerPiece)
            flush();
    }

    Body m_body;
    std::vector<PassRun> m_runs;
    std::size_t m_elements = 0;
};

/// Code counts of every setup, for one thread.
using Counts = std::vector<std::vector<std::uint64_t>>;

Counts noCounts(std::span<const PassSetup> setups, bool wanted)
{
    Counts counts(setups.size());
    for (std::size_t i = 0; i < setups.size() && wanted; ++i)
        counts[i].resize(static_cast<std::size_t>(setups[i].codes.max - setups[i].codes.min + 1));
    return counts;
}

/// Σx² is the same under one gain: the first pass finds it for the others.
bool sharesValueSum(const PassSetup& setup, const PassSetup& first)
{
    return &setup != &first && !setup.full && setup.gain == first.gain;
}

void measureTask(std::span<const PassRun> runs, std::span<const PassSetup> setups, Counts* counts,
                 std::span<ErrorSums> sums)
{
    std::vector<ErrorPass> passes;
    passes.reserve(setups.size());
    for (const PassSetup& setup : setups) {
        PassSetup own = setup;
        own.valueSum = !sharesValueSum(setup, setups.front());
        own.codeCounts = counts ? (*counts)[passes.size()].data() : nullptr;
        passes.emplace_back(own);
    }
    if (passes.size() == 1) {
        passes.front().add(runs);
    } else {
        Pieces pieces([&](std::span<const PassRun> piece) {
            for (ErrorPass& pass : passes)
                pass.add(piece);
        });
        for (const PassRun& run : runs)
            pieces.add(run);
        pieces.flush();
    }
    for (std::size_t i = 0; i < passes.size(); ++i) {
        passes[i].addTo(sums[i]);
        if (sharesValueSum(setups[i], setups.front()))
            sums[i].squaredValue = sums[0].squaredValue;
    }
}

} // namespace

std::vector<PassResult> measureFused(const FusedMeasure& measure, std::span<const PassSetup> setups,
                                     bool codeCounts, std::stop_token stop)
{
    const SetTasks tasks(measure.layout, measure.onlySet);
    std::vector<ErrorSums> partial(tasks.count() * setups.size());
    tbb::enumerable_thread_specific<Counts> counts([&] { return noCounts(setups, codeCounts); });
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            const std::span<ErrorSums> own = std::span(partial).subspan(task * setups.size(), setups.size());
            ErrorSums notFinite;
            const TaskRuns runs(measure, tasks, task, notFinite);
            std::fill(own.begin(), own.end(), notFinite);
            measureTask(runs.runs(), setups, codeCounts ? &counts.local() : nullptr, own);
        },
        stop);

    std::vector<PassResult> results(setups.size());
    Counts total = noCounts(setups, codeCounts);
    for (std::size_t i = 0; i < setups.size(); ++i) {
        for (std::size_t task = 0; task < tasks.count(); ++task)
            results[i].sums.add(partial[task * setups.size() + i]);
        for (const Counts& local : counts)
            std::transform(local[i].begin(), local[i].end(), total[i].begin(), total[i].begin(),
                           std::plus<>());
        results[i].codeCounts = std::move(total[i]);
    }
    return results;
}

} // namespace quantoscope
