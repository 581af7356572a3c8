// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/parameterize.h"

#include "core/quant/elements/elementformat.h"
#include "core/quant/elements/kmeans.h"
#include "core/quant/elements/nestedscales.h"
#include "core/quant/elements/scales.h"
#include "core/quant/elements/ternary.h"
#include "core/quant/encodeblocks.h"
#include "core/quant/formats.h"
#include "core/quant/quantize.h"
#include "core/quant/ranges/bookrange.h"
#include "core/quant/settasks.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace quantoscope {

namespace {

/// The values of one set without those that are not finite; the set itself where all are.
std::span<const float> finiteOf(std::span<const float> set, std::vector<float>& scratch)
{
    if (std::all_of(set.begin(), set.end(), [](float x) { return std::isfinite(x); }))
        return set;
    scratch.clear();
    std::copy_if(set.begin(), set.end(), std::back_inserter(scratch),
                 [](float x) { return std::isfinite(x); });
    return scratch;
}

/// body(set index, values of the set) for every set, in parallel; sets small enough are taken together.
template <class Body>
void forSets(const ChannelMajor& values, const SetLayout& layout, const std::stop_token& stop, Body body)
{
    if (layout.length == 0)
        return;
    const std::size_t perTask = std::max<std::size_t>(1, elementsPerTask / layout.length);
    parallelFor((layout.count() + perTask - 1) / perTask,
                [&](std::size_t task) {
                    for (std::size_t s = task * perTask; s < std::min(layout.count(), (task + 1) * perTask);
                         ++s)
                        body(s, values.values.subspan(layout.begin(s), layout.size(s)));
                },
                stop);
}

ParamSets emptyParams(const ChannelMajor& values, const Scheme& scheme)
{
    ParamSets params;
    params.scheme = scheme;
    params.codes = codeRange(scheme);
    params.layout = layoutFor(scheme, values);
    params.sets.resize(params.layout.count());
    return params;
}

std::shared_ptr<CodedTensor> noCodes(const ChannelMajor& values)
{
    auto coded = std::make_shared<CodedTensor>();
    coded->codes.resize(values.values.size());
    return coded;
}

ParamSets centredBinary(const ChannelMajor& values, const Scheme& scheme, const std::stop_token& stop)
{
    ParamSets params = emptyParams(values, scheme);
    forSets(values, params.layout, stop, [&](std::size_t s, std::span<const float> set) {
        std::vector<float> scratch;
        const TwoLevels levels = fitTwoLevels(finiteOf(set, scratch), true);
        SetParams& own = params.sets[s];
        const float alpha = roundScale(scheme.scale, levels.alpha);
        own.scale = 2 * alpha;
        own.offset = levels.centre - alpha;
        own.threshold = levels.centre;
        own.range = {own.offset, levels.centre + alpha};
    });
    return params;
}

ParamSets ternary(const ChannelMajor& values, const Scheme& scheme, const std::stop_token& stop)
{
    ParamSets params = emptyParams(values, scheme);
    forSets(values, params.layout, stop, [&](std::size_t s, std::span<const float> set) {
        std::vector<float> scratch;
        const Ternary fit = fitTernary(scheme.threshold, finiteOf(set, scratch));
        SetParams& own = params.sets[s];
        own.scale = roundScale(scheme.scale, fit.alpha);
        own.threshold = fit.delta;
        own.range = {-own.scale, own.scale};
    });
    return params;
}

/// Made once for each format: binary16 has 65,536 values, and activations ask at every inference.
const ValueTable& tableOf(const ElementFormat& format)
{
    static std::mutex mutex;
    static std::map<const ElementFormat*, ValueTable> tables;
    const std::lock_guard lock(mutex);
    const auto [entry, isNew] = tables.try_emplace(&format);
    if (isNew) {
        std::vector<float> values;
        for (int code = 0; code < format.codes(); ++code)
            values.push_back(format.decode(static_cast<std::uint32_t>(code)));
        entry->second = makeTable(std::move(values));
    }
    return entry->second;
}

/// Codes of every set for the scales that `scaleOf` gives.
template <class ScaleOf>
void encodeElements(const ChannelMajor& values, const ElementFormat& format, ParamSets& params,
                    const std::stop_token& stop, ScaleOf scaleOf)
{
    const auto coded = noCodes(values);
    const SetTasks tasks(params.layout);
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            std::vector<float> decoded;
            std::vector<std::int32_t> codes;
            tasks.forStretches(task, [&](const Stretch& stretch) {
                decoded.resize(stretch.count);
                codes.resize(stretch.count);
                quantizeRun(format, values.values.subspan(stretch.begin, stretch.count), scaleOf(stretch.set),
                            decoded, codes);
                std::copy(codes.begin(), codes.end(),
                          coded->codes.begin() + static_cast<std::ptrdiff_t>(stretch.begin));
            });
        },
        stop);
    params.coded = coded;
}

/// L / maximum as it is stored: never 0.
float elementScale(const Scheme& scheme, float bound, float maximum)
{
    const auto scale = static_cast<float>(static_cast<double>(bound) / static_cast<double>(maximum));
    if (bound == 0)
        return 1;
    return roundScale(scheme.scale, std::max(scale, std::numeric_limits<float>::denorm_min()));
}

ParamSets scaledElements(const ChannelMajor& values, const Scheme& scheme, std::span<const Interval> ranges,
                         const std::stop_token& stop)
{
    const ElementFormat& format = *findElementFormat(nameOf(scheme.format));
    ParamSets params = emptyParams(values, scheme);
    assert(ranges.size() == params.sets.size());
    params.tables = {tableOf(format)};
    std::vector<float> codingScales;
    for (std::size_t s = 0; s < ranges.size(); ++s) {
        const float bound = std::max(std::abs(ranges[s].lo), std::abs(ranges[s].hi));
        params.sets[s].range = {-bound, bound};
        params.sets[s].scale = elementScale(scheme, bound, format.maximum);
        codingScales.push_back(params.sets[s].scale);
    }
    if (scheme.scale == ScaleType::Double) {
        std::vector<float> bounds;
        for (const SetParams& set : params.sets)
            bounds.push_back(set.range.hi);
        const NestedScales nested = nestScales(bounds);
        for (std::size_t s = 0; s < params.sets.size(); ++s)
            params.sets[s].scale = nested.scale(s) / format.maximum;
    }
    encodeElements(values, format, params, stop, [&](std::size_t s) { return codingScales[s]; });
    return params;
}

ParamSets castElements(const ChannelMajor& values, const Scheme& scheme, const std::stop_token& stop)
{
    const ElementFormat& format = *findElementFormat(nameOf(scheme.format));
    ParamSets params = emptyParams(values, scheme);
    params.tables = {tableOf(format)};
    for (SetParams& set : params.sets)
        set.range = params.tables.front().ends;
    encodeElements(values, format, params, stop, [](std::size_t) { return 1.0f; });
    return params;
}

ParamSets fittedBooks(const ChannelMajor& values, const Scheme& scheme, const std::stop_token& stop)
{
    ParamSets params = emptyParams(values, scheme);
    params.tables.resize(params.sets.size());
    const auto coded = noCodes(values);
    forSets(values, params.layout, stop, [&](std::size_t s, std::span<const float> set) {
        const FittedBook book = fitBook(set, scheme.bits, stop);
        params.tables[s] = makeTable(book.values);
        params.sets[s].range = params.tables[s].ends;
        std::vector<float> decoded(set.size());
        std::vector<std::int32_t> codes(set.size());
        quantizeRun(book.book(), set, 1, decoded, codes);
        std::copy(codes.begin(), codes.end(),
                  coded->codes.begin() + static_cast<std::ptrdiff_t>(params.layout.begin(s)));
    });
    params.coded = coded;
    return params;
}

/// range=mse on the levels of a book or float.
std::vector<Interval> bestBookRanges(const ChannelMajor& values, const Scheme& scheme,
                                     const std::stop_token& stop)
{
    const ElementFormat& format = *findElementFormat(nameOf(scheme.format));
    std::set<float> levels; // normalized to the largest; +0 and -0 are one
    for (const float value : tableOf(format).values)
        if (std::isfinite(value))
            levels.insert(value / format.maximum);
    const std::vector<float> sorted(levels.begin(), levels.end());
    const SetLayout layout = layoutFor(scheme, values);
    std::vector<Interval> ranges(layout.count());
    forSets(values, layout, stop, [&](std::size_t s, std::span<const float> set) {
        ranges[s] = mseRangeOfBook(set, sorted, stop);
    });
    return ranges;
}

} // namespace

bool hasRanges(const Scheme& scheme)
{
    const Family family = infoOf(scheme.format).family;
    return family == Family::Uniform || family == Family::Scaled
           || (family == Family::Signs && scheme.grid == Grid::Symmetric);
}

std::vector<Interval> requestedRanges(const ChannelMajor& values, const Scheme& scheme, std::stop_token stop)
{
    if (infoOf(scheme.format).family != Family::Scaled)
        return estimateRanges(values, scheme, stop);
    if (scheme.range.kind == RangeRule::Kind::Mse)
        return bestBookRanges(values, scheme, stop);
    Scheme symmetric;
    symmetric.granularity = scheme.granularity;
    symmetric.range = scheme.range;
    return estimateRanges(values, symmetric, stop);
}

ParamSets parameterize(const ChannelMajor& values, const Scheme& scheme, std::span<const Interval> ranges,
                       std::stop_token stop)
{
    switch (infoOf(scheme.format).family) {
    case Family::Uniform:
        break;
    case Family::Signs:
        if (scheme.grid == Grid::Symmetric)
            break;
        return centredBinary(values, scheme, stop);
    case Family::Ternary:
        return ternary(values, scheme, stop);
    case Family::Scaled:
        return scaledElements(values, scheme, ranges, stop);
    case Family::Cast:
        return castElements(values, scheme, stop);
    case Family::Fitted:
        return fittedBooks(values, scheme, stop);
    case Family::Blocks:
        return encodeBlocks(values, scheme, stop);
    }
    return makeParamSets(scheme, layoutFor(scheme, values), ranges);
}

} // namespace quantoscope
