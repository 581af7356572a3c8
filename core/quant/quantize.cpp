// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quantize.h"

#include "core/metrics/affinehistogram.h"
#include "core/quant/errorpass.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Elements of one task. Fixed: sums are combined task by task, so the split decides their last bits.
constexpr std::size_t elementsPerTask = 1 << 16;

/// A stretch of consecutive elements that lie in one set.
struct Stretch
{
    std::size_t set;
    std::size_t begin; ///< in ChannelMajor::values
    std::size_t count;
};

/// Cuts a layout, or one set of it, into tasks of about elementsPerTask elements.
class Tasks
{
public:
    Tasks(const SetLayout& layout, std::optional<std::size_t> onlySet)
        : m_layout(layout), m_first(onlySet.value_or(0)), m_last(onlySet ? *onlySet + 1 : layout.count()),
          m_setsPerTask(std::max<std::size_t>(1, elementsPerTask / std::max<std::size_t>(1, layout.length))),
          m_tasksPerSet(m_setsPerTask > 1 ? 1 : (layout.length + elementsPerTask - 1) / elementsPerTask)
    {
    }

    std::size_t count() const
    {
        if (m_layout.length == 0)
            return 0;
        return m_setsPerTask > 1 ? (m_last - m_first + m_setsPerTask - 1) / m_setsPerTask
                                 : (m_last - m_first) * m_tasksPerSet;
    }

    template <class Body>
    void forStretches(std::size_t task, Body body) const
    {
        if (m_setsPerTask > 1) {
            const std::size_t first = m_first + task * m_setsPerTask;
            const std::size_t last = std::min(m_last, first + m_setsPerTask);
            // Counted up rather than asked of the layout, which divides.
            std::size_t begin = m_layout.begin(first);
            std::size_t channelEnd = begin - begin % m_layout.perChannel + m_layout.perChannel;
            for (std::size_t s = first; s < last; ++s) {
                const std::size_t count = std::min(m_layout.length, channelEnd - begin);
                body(Stretch{s, begin, count});
                begin += count;
                if (begin == channelEnd)
                    channelEnd += m_layout.perChannel;
            }
            return;
        }
        const std::size_t set = m_first + task / m_tasksPerSet;
        const std::size_t at = task % m_tasksPerSet * elementsPerTask;
        const std::size_t size = m_layout.size(set);
        if (at < size) // the last set of a channel may be short
            body(Stretch{set, m_layout.begin(set) + at, std::min(elementsPerTask, size - at)});
    }

private:
    SetLayout m_layout;
    std::size_t m_first, m_last, m_setsPerTask, m_tasksPerSet;
};

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

int frontAxis(const Scheme& scheme, const Shape& shape, int channelAxis)
{
    const Granularity& granularity = scheme.granularity;
    if (granularity.kind != Granularity::Kind::Channel || granularity.axis < 0)
        return channelAxis;
    if (static_cast<std::size_t>(granularity.axis) >= shape.size())
        throw Error(ErrorCode::SchemeMismatch, "granularity=channel:" + std::to_string(granularity.axis)
                                                   + " needs more axes than " + toText(shape) + " has (0 to "
                                                   + std::to_string(static_cast<int>(shape.size()) - 1)
                                                   + ").");
    return granularity.axis;
}

SetLayout layoutFor(const Scheme& scheme, const ChannelMajor& values)
{
    switch (scheme.granularity.kind) {
    case Granularity::Kind::Tensor:
        return {1, values.values.size(), values.values.size()};
    case Granularity::Kind::Channel:
        return {values.channels, values.perChannel, values.perChannel};
    case Granularity::Kind::Group:
        break;
    }
    const auto size = static_cast<std::size_t>(scheme.granularity.groupSize);
    return {values.channels, values.perChannel, std::min(size, values.perChannel)};
}

ParamSets makeParamSets(const Scheme& scheme, const SetLayout& layout, std::span<const Interval> ranges)
{
    assert(ranges.size() == layout.count());
    ParamSets params{scheme, codeRange(scheme), layout, {}};
    params.sets.reserve(ranges.size());
    for (const Interval& range : ranges)
        params.sets.push_back(makeParams(scheme, range));
    return params;
}

QuantizedValues quantize(const ChannelMajor& values, const ParamSets& params)
{
    const std::size_t count = values.values.size();
    QuantizedValues result{std::vector<std::int32_t>(count), std::vector<float>(count),
                           std::vector<std::uint8_t>(count)};
    const bool stochastic = params.scheme.rounding.kind == Rounding::Kind::Stochastic;
    const Tasks tasks(params.layout, {});
    parallelFor(tasks.count(), [&](std::size_t task) {
        tasks.forStretches(task, [&](const Stretch& stretch) {
            const SetParams& set = params.sets[stretch.set];
            for (std::size_t i = stretch.begin; i < stretch.begin + stretch.count; ++i) {
                const float x = values.values[i];
                if (!std::isfinite(x)) {
                    result.values[i] = std::numeric_limits<float>::quiet_NaN();
                    continue;
                }
                const float draw =
                    stochastic ? stochasticDraw(params.scheme.rounding.seed, values.memoryIndex(i)) : 0;
                result.codes[i] = quantizeOne(params.scheme, set, params.codes, x, draw);
                result.values[i] = levelValue(set, result.codes[i]);
                result.finite[i] = 1;
            }
        });
    });
    return result;
}

PassResult measureError(const ChannelMajor& values, const ParamSets& params, const PassOptions& options,
                        std::stop_token stop, std::optional<std::size_t> onlySet)
{
    const Extremes range = options.extremes ? *options.extremes : extremes(values.values);
    const bool allFinite = range.finite == values.values.size();
    const float gain = params.sets.empty() ? 1.0f : gainFor(largestMagnitude(range, params));
    const PassRounding rounding = passRounding(params.scheme);
    const auto codes = static_cast<std::size_t>(params.codes.max - params.codes.min + 1);

    const Tasks tasks(params.layout, onlySet);
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

Histogram codeHistogram(const ChannelMajor& values, const ParamSets& params, double lo, double hi,
                        std::size_t bins, std::stop_token stop)
{
    const Tasks tasks(params.layout, {});
    tbb::enumerable_thread_specific<AffineHistogram> histograms(AffineHistogram(lo, hi, bins));
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            AffineHistogram& local = histograms.local();
            tasks.forStretches(task, [&](const Stretch& stretch) {
                const SetParams& set = params.sets[stretch.set];
                local.add(values.values.subspan(stretch.begin, stretch.count),
                          {set.offset, set.scale != 0 ? set.scale : 1.0f, static_cast<float>(set.zeroPoint)});
            });
        },
        stop);
    Histogram result = AffineHistogram(lo, hi, bins).result();
    for (const AffineHistogram& local : histograms)
        result.merge(local.result());
    return result;
}

Interval codeExtent(const ParamSets& params, std::span<const Interval> extremes)
{
    assert(extremes.size() == params.sets.size());
    Interval extent{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
    for (std::size_t i = 0; i < extremes.size(); ++i) {
        const SetParams& set = params.sets[i];
        for (const float x : {extremes[i].lo, extremes[i].hi}) {
            const float u =
                (x - set.offset) / (set.scale != 0 ? set.scale : 1.0f) + static_cast<float>(set.zeroPoint);
            extent = {std::min(extent.lo, u), std::max(extent.hi, u)};
        }
    }
    return extremes.empty() ? Interval{} : extent;
}

} // namespace quantoscope
