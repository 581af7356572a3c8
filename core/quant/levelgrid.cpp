// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/levelgrid.h"

#include "core/quant/encodeblocks.h"
#include "core/quant/formats.h"
#include "core/quant/parameterize.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Levels with their codes, ascending.
std::vector<std::pair<float, int>> sortedLevels(const LevelGrid& grid)
{
    std::vector<std::pair<float, int>> levels;
    for (int q = grid.codes.min; q <= grid.codes.max; ++q) {
        const float value = grid.valueOf(q);
        if (std::isfinite(value))
            levels.emplace_back(value, q);
    }
    std::sort(levels.begin(), levels.end());
    return levels;
}

int nearestCode(const std::vector<std::pair<float, int>>& levels, float x)
{
    if (levels.empty())
        return 0;
    const auto above = std::lower_bound(levels.begin(), levels.end(), x,
                                        [](const auto& level, float v) { return level.first < v; });
    if (above == levels.begin())
        return above->second;
    const auto below = above - 1;
    if (above == levels.end())
        return below->second;
    const bool lower = static_cast<double>(x) - static_cast<double>(below->first)
                       <= static_cast<double>(above->first) - static_cast<double>(x);
    return lower ? below->second : above->second;
}

/// Whether codes follow from x alone by quantizeOne().
bool byRule(const LevelGrid& grid)
{
    const Family family = infoOf(grid.scheme.format).family;
    return family == Family::Uniform || family == Family::Signs || family == Family::Ternary;
}

Scheme ruleOf(Scheme scheme)
{
    if (scheme.rounding.kind == Rounding::Kind::Stochastic)
        scheme.rounding = {};
    return scheme;
}

/// One block of values spread evenly from lo to hi in each of its groups.
LevelGrid blockGrid(const Scheme& scheme, Interval range)
{
    const BlockCodec& codec = codecOf(scheme);
    std::vector<float> ramp(codec.elements);
    const auto last = static_cast<float>(codec.group - 1);
    for (std::size_t i = 0; i < ramp.size(); ++i)
        ramp[i] = range.lo + (range.hi - range.lo) * (static_cast<float>(i % codec.group) / last);
    ChannelMajor values;
    values.values = ramp;
    values.channels = 1;
    values.perChannel = ramp.size();
    return gridOf(parameterize(values, scheme, {}), 0);
}

} // namespace

std::vector<float> LevelGrid::values() const
{
    std::vector<float> values;
    for (const auto& [value, code] : sortedLevels(*this))
        if (values.empty() || value != values.back()) // +0 and -0 are one
            values.push_back(value + 0.0f);
    return values;
}

Interval LevelGrid::ends() const { return valueEnds(set, codes, table ? &*table : nullptr); }

float LevelGrid::valueOf(int code) const
{
    if (!table)
        return levelValue(set, code);
    const auto index = static_cast<std::size_t>(code - codes.min);
    return index < table->values.size() ? set.scale * table->values[index]
                                        : std::numeric_limits<float>::quiet_NaN();
}

int LevelGrid::codeOf(float x) const
{
    return byRule(*this) ? quantizeOne(ruleOf(scheme), set, codes, x) : nearestCode(sortedLevels(*this), x);
}

void LevelGrid::quantize(std::span<const float> x, std::span<float> out) const
{
    if (byRule(*this)) {
        const Scheme rule = ruleOf(scheme);
        std::transform(x.begin(), x.end(), out.begin(),
                       [&](float value) { return levelValue(set, quantizeOne(rule, set, codes, value)); });
        return;
    }
    const auto sorted = sortedLevels(*this);
    std::transform(x.begin(), x.end(), out.begin(),
                   [&](float value) { return valueOf(nearestCode(sorted, value)); });
}

LevelGrid gridOf(const ParamSets& params, std::size_t set)
{
    LevelGrid grid{params.scheme, params.codes, params.sets[set], std::nullopt};
    if (const ValueTable* table = params.table(set))
        grid.table = *table;
    return grid;
}

LevelGrid commonGrid(const ParamSets& params)
{
    LevelGrid grid{params.scheme, params.codes, {}, std::nullopt};
    grid.set.threshold = 0.5f;
    if (params.tables.size() > 1) {
        grid.table = ValueTable{{}, params.tables.front().ends};
        for (const ValueTable& own : params.tables)
            grid.table->ends = {std::min(grid.table->ends.lo, own.ends.lo),
                                std::max(grid.table->ends.hi, own.ends.hi)};
    } else if (!params.tables.empty()) {
        grid.table = params.tables.front();
    }
    const Interval ends = grid.ends();
    grid.set.range = ends;
    return grid;
}

LevelGrid gridFor(const Scheme& scheme, Interval range)
{
    const float bound = std::max(std::abs(range.lo), std::abs(range.hi));
    const CodeRange codes = codeRange(scheme);
    ChannelMajor none;
    none.channels = 1;
    switch (infoOf(scheme.format).family) {
    case Family::Uniform:
        return {scheme, codes, makeParams(scheme, range), std::nullopt};
    case Family::Signs:
        if (scheme.grid == Grid::Offset) {
            SetParams set;
            set.offset = range.lo;
            set.scale = range.hi - range.lo;
            set.threshold = range.lo + set.scale / 2;
            set.range = range;
            return {scheme, codes, set, std::nullopt};
        }
        return {scheme, codes, makeParams(scheme, {-bound, bound}), std::nullopt};
    case Family::Ternary: {
        SetParams set;
        set.scale = bound;
        set.threshold = bound / 2;
        set.range = {-bound, bound};
        return {scheme, codes, set, std::nullopt};
    }
    case Family::Scaled: {
        Scheme single = scheme;
        single.granularity = {};
        if (single.scale == ScaleType::Double) // one scale has nothing to be nested in
            single.scale = ScaleType::F32;
        const Interval symmetric{-bound, bound};
        LevelGrid grid = gridOf(parameterize(none, single, {&symmetric, 1}), 0);
        grid.scheme = scheme;
        return grid;
    }
    case Family::Cast:
        return gridOf(parameterize(none, scheme, {}), 0);
    case Family::Blocks:
        return blockGrid(scheme, range);
    case Family::Fitted:
        break;
    }
    throw Error(ErrorCode::SchemeMismatch,
                "The levels of kmeans are fitted to the data: quantize some (`values`).");
}

} // namespace quantoscope
