// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/grid.h"

#include "core/quant/elements/scales.h"
#include "core/quant/encodeblocks.h"
#include "core/quant/formats.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Half of the largest float, less a margin: a level may lie up to one step beyond the range and differences of two
/// values must stay finite.
constexpr double largestMagnitude = 1.7e38 / 2;

/// Rounded once to float32, then to `type`; a degenerate 0 becomes 1, an underflow the smallest positive float.
float storedScale(double scale, ScaleType type)
{
    if (scale == 0)
        return 1.0f;
    const float stored = static_cast<float>(scale);
    if (stored == 0)
        return std::copysign(std::numeric_limits<float>::denorm_min(), static_cast<float>(scale));
    return type == ScaleType::F32 ? stored : roundScale(type, stored);
}

/// A quotient rounded to a whole number by the scheme's rule.
float roundByRule(const Rounding& rounding, float t, float draw)
{
    const float down = std::floor(t);
    const float fraction = t - down;
    switch (rounding.kind) {
    case Rounding::Kind::HalfEven:
        return std::nearbyint(t);
    case Rounding::Kind::HalfAway:
        return std::round(t);
    case Rounding::Kind::HalfUp:
        return down + (fraction >= 0.5f ? 1.0f : 0.0f);
    case Rounding::Kind::Floor:
        break;
    case Rounding::Kind::Stochastic:
        return down + (fraction > draw ? 1.0f : 0.0f);
    }
    return down;
}

/// Zero points are no samples: they are rounded to nearest whatever the rule for values.
Rounding zeroPointRounding(const Rounding& rounding)
{
    const bool nearest = rounding.kind == Rounding::Kind::HalfAway || rounding.kind == Rounding::Kind::HalfUp;
    return nearest ? rounding : Rounding{};
}

double cut(float value)
{
    return std::clamp(static_cast<double>(value), -largestMagnitude, largestMagnitude);
}

SetParams symmetricParams(const Scheme& scheme, CodeRange codes, double lo, double hi)
{
    const Grid grid = scheme.grid;
    const ScaleType type = scheme.scale;
    const double spread = codes.max - codes.min;
    // Floor division: the code of zero is 0 for signed codes and 2^(b-1) (restricted: 2^(b-1) - 1) for unsigned.
    const int sum = codes.min + codes.max + 1;
    const int zero = (sum - (sum < 0 && sum % 2 != 0)) / 2;
    const double bound = std::max(std::abs(lo), std::abs(hi));
    SetParams params;
    params.zeroPoint = zero;
    params.range = {static_cast<float>(0 - bound), static_cast<float>(bound)};
    switch (grid) {
    case Grid::SymmetricFullNeg:
        params.scale = storedScale(bound / (zero - codes.min), type);
        break;
    case Grid::SymmetricWide:
        params.scale = storedScale(bound / (codes.max - zero), type);
        break;
    case Grid::SymmetricSigned: {
        const double largest = std::abs(lo) >= std::abs(hi) ? lo : hi;
        params.scale = storedScale(-largest / (zero - codes.min), type);
        break;
    }
    default:
        params.scale = storedScale(2 * bound / spread, type);
    }
    return params;
}

} // namespace

CodeRange codeRange(const Scheme& scheme)
{
    switch (infoOf(scheme.format).family) {
    case Family::Uniform:
        break;
    case Family::Signs:
        return {0, 1};
    case Family::Ternary:
        return {-1, 1};
    case Family::Blocks:
        return {0, codecOf(scheme).codes - 1};
    default:
        return {0, (1 << scheme.bits) - 1};
    }
    if (scheme.codes.kind == Codes::Kind::Explicit)
        return {scheme.codes.min, scheme.codes.max};
    const bool isSigned = scheme.codes.kind == Codes::Kind::Default
                              ? isSymmetric(scheme.grid)
                              : scheme.codes.kind == Codes::Kind::Signed;
    const int all = 1 << scheme.bits;
    // The restricted grid leaves one code unused: the lowest signed, the highest unsigned.
    const int unused = scheme.grid == Grid::Symmetric ? 1 : 0;
    return isSigned ? CodeRange{-all / 2 + unused, all / 2 - 1} : CodeRange{0, all - 1 - unused};
}

SetParams makeParams(const Scheme& scheme, Interval range)
{
    return makeParams(scheme, codeRange(scheme), range);
}

SetParams makeParams(const Scheme& scheme, CodeRange codes, Interval range)
{
    const double lo = cut(range.lo);
    const double hi = cut(range.hi);
    if (scheme.format == Format::Binary) {
        SetParams params;
        const float alpha = roundScale(scheme.scale, static_cast<float>(hi)); // all zeros: both levels are 0
        params.range = {-alpha, alpha};
        params.scale = 2 * alpha;
        params.offset = -alpha;
        return params;
    }
    const double spread = codes.max - codes.min;
    if (isSymmetric(scheme.grid))
        return symmetricParams(scheme, codes, lo, hi);
    SetParams params;
    params.zeroPoint = codes.min;
    switch (scheme.grid) {
    case Grid::MidRise: {
        const double bound = std::max(std::abs(lo), std::abs(hi));
        params.range = {static_cast<float>(0 - bound), static_cast<float>(bound)};
        params.scale = storedScale(2 * bound / spread, scheme.scale);
        params.offset = static_cast<float>(-bound);
        break;
    }
    case Grid::Offset:
        params.range = {static_cast<float>(lo), static_cast<float>(hi)};
        params.scale = storedScale((hi - lo) / spread, scheme.scale);
        params.offset = static_cast<float>(lo);
        break;
    default: {
        const double low = std::min(lo, 0.0);
        const double high = std::max(hi, 0.0);
        params.range = {static_cast<float>(low), static_cast<float>(high)};
        params.scale = storedScale((high - low) / spread, scheme.scale);
        // float32 division by the stored scale, as for values: the code that 0 - lo' itself would get.
        const float steps = -static_cast<float>(low) / params.scale;
        const float zero = roundByRule(zeroPointRounding(scheme.rounding), steps, 0);
        params.zeroPoint =
            codes.min + static_cast<std::int32_t>(std::clamp(zero, 0.0f, static_cast<float>(spread)));
    }
    }
    return params;
}

bool hasZeroPoint(const Scheme& scheme)
{
    return scheme.format == Format::Int && scheme.grid != Grid::MidRise && scheme.grid != Grid::Offset;
}

bool hasOffset(const Scheme& scheme)
{
    return scheme.format == Format::Binary
           || (scheme.format == Format::Int && (scheme.grid == Grid::MidRise || scheme.grid == Grid::Offset));
}

float levelValue(const SetParams& params, int q)
{
    return params.scale * static_cast<float>(q - params.zeroPoint) + params.offset;
}

Interval levelEnds(const SetParams& params, CodeRange codes)
{
    const float first = levelValue(params, codes.min);
    const float last = levelValue(params, codes.max);
    return {std::min(first, last), std::max(first, last)};
}

int quantizeOne(const Scheme& scheme, const SetParams& params, CodeRange codes, float x, float draw)
{
    if (scheme.format == Format::Binary)
        return x >= params.threshold ? 1 : 0;
    if (scheme.format == Format::Ternary)
        return (x > params.threshold ? 1 : 0) - (x < -params.threshold ? 1 : 0);
    const float t = scheme.scaling == Scaling::Reciprocal ? (x - params.offset) * (1 / params.scale)
                                                          : (x - params.offset) / params.scale;
    const float rounded = roundByRule(scheme.rounding, t, draw);
    const auto min = static_cast<float>(codes.min - params.zeroPoint);
    const auto max = static_cast<float>(codes.max - params.zeroPoint);
    return static_cast<int>(std::min(std::max(rounded, min), max)) + params.zeroPoint;
}

float stochasticDraw(std::uint64_t seed, std::uint64_t index)
{
    std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return static_cast<float>(z >> 40) * 0x1p-24f;
}

namespace {

Interval widened(const Interval& ends)
{
    const float margin =
        (ends.hi * 0x1p-22f - ends.lo * 0x1p-22f) + std::max(std::abs(ends.lo), std::abs(ends.hi)) * 0x1p-23f;
    return {ends.lo - margin, ends.hi + margin};
}

} // namespace

Interval clipLimits(const SetParams& params, CodeRange codes) { return widened(levelEnds(params, codes)); }

float valueOf(const ParamSets& params, std::size_t set, int q)
{
    const ValueTable* table = params.table(set);
    if (table == nullptr)
        return levelValue(params.sets[set], q);
    const auto index = static_cast<std::size_t>(q - params.codes.min);
    return index < table->values.size() ? params.sets[set].scale * table->values[index]
                                        : std::numeric_limits<float>::quiet_NaN();
}

ValueTable makeTable(std::vector<float> values)
{
    ValueTable table{std::move(values),
                     {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()}};
    for (float& value : table.values) {
        if (!std::isfinite(value))
            value = std::numeric_limits<float>::quiet_NaN();
        else
            table.ends = {std::min(table.ends.lo, value), std::max(table.ends.hi, value)};
    }
    return table;
}

Interval valueEnds(const SetParams& params, CodeRange codes, const ValueTable* table)
{
    if (table == nullptr)
        return levelEnds(params, codes);
    const float a = params.scale * table->ends.lo;
    const float b = params.scale * table->ends.hi;
    return {std::min(a, b), std::max(a, b)};
}

Interval valueEnds(const ParamSets& params, std::size_t set)
{
    return valueEnds(params.sets[set], params.codes, params.table(set));
}

Interval valueLimits(const ParamSets& params, std::size_t set) { return widened(valueEnds(params, set)); }

} // namespace quantoscope
