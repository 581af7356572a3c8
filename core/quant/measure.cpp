// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/measure.h"

#include "core/quant/errorpass.h"
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
        const Interval ends = levelEnds(params.sets.front(), params.codes);
        largest = std::max(
            {largest, std::abs(static_cast<double>(ends.lo)), std::abs(static_cast<double>(ends.hi))});
    }
    return largest;
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

/// What a task lends to its runs while they are measured.
struct Scratch
{
    std::vector<PassRun> runs;
    std::vector<float> values; ///< the finite ones, packed, when some are not
    std::vector<float> noise;
};

/// Makes a run of a stretch; values that are not finite are counted and left out.
PassRun makeRun(const ChannelMajor& values, const Stretch& stretch, const SetParams& set, bool allFinite,
                const Rounding& rounding, Scratch& scratch, ErrorSums& sums)
{
    const float* source = values.values.data() + stretch.begin;
    const bool stochastic = rounding.kind == Rounding::Kind::Stochastic;
    if (allFinite && !stochastic)
        return {source, stretch.count, nullptr, &set};
    const std::size_t first = scratch.values.size();
    for (std::size_t i = 0; i < stretch.count; ++i) {
        if (!std::isfinite(source[i])) {
            ++(std::isnan(source[i]) ? sums.nan : sums.inf);
            continue;
        }
        scratch.values.push_back(source[i]);
        if (stochastic)
            scratch.noise.push_back(stochasticDraw(rounding.seed, values.memoryIndex(stretch.begin + i)));
    }
    return {scratch.values.data() + first, scratch.values.size() - first,
            stochastic ? scratch.noise.data() + first : nullptr, &set};
}

} // namespace

PassResult measureError(const ChannelMajor& values, const ParamSets& params, const PassOptions& options,
                        std::stop_token stop, std::optional<std::size_t> onlySet)
{
    const Extremes range = options.extremes ? *options.extremes : extremes(values.values);
    const bool allFinite = range.finite == values.values.size();
    const float gain = params.sets.empty() ? 1.0f : gainFor(largestMagnitude(range, params));
    const PassRounding rounding = passRounding(params.scheme);
    const auto codes = static_cast<std::size_t>(params.codes.max - params.codes.min + 1);

    const SetTasks tasks(params.layout, onlySet);
    std::vector<ErrorSums> partial(tasks.count());
    tbb::enumerable_thread_specific<std::vector<std::uint64_t>> counts(
        [&] { return std::vector<std::uint64_t>(options.codeCounts ? codes : 0); });
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            Scratch scratch;
            // Runs point into the scratch: it must never grow.
            const bool stochastic = rounding == PassRounding::Stochastic;
            scratch.values.reserve(allFinite && !stochastic ? 0 : elementsPerTask);
            scratch.noise.reserve(stochastic ? elementsPerTask : 0);
            tasks.forStretches(task, [&](const Stretch& stretch) {
                scratch.runs.push_back(makeRun(values, stretch, params.sets[stretch.set], allFinite,
                                               params.scheme.rounding, scratch, partial[task]));
            });
            runErrorPass(scratch.runs, params.codes, rounding, options.full, gain, partial[task],
                         options.codeCounts ? counts.local().data() : nullptr);
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
