// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// Half of the largest float, less a margin: a level may lie up to one step beyond the range and differences of two
/// values must stay finite.
constexpr double largestMagnitude = 1.7e38 / 2;

/// Rounded once to float32; a degenerate 0 becomes 1, an underflow the smallest positive float.
float storedScale(double scale)
{
    if (scale == 0)
        return 1.0f;
    const float stored = static_cast<float>(scale);
    if (stored == 0)
        return std::copysign(std::numeric_limits<float>::denorm_min(), static_cast<float>(scale));
    return stored;
}

double cut(float value)
{
    return std::clamp(static_cast<double>(value), -largestMagnitude, largestMagnitude);
}

SetParams symmetricParams(Grid grid, CodeRange codes, double lo, double hi)
{
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
        params.scale = storedScale(bound / (zero - codes.min));
        break;
    case Grid::SymmetricWide:
        params.scale = storedScale(bound / (codes.max - zero));
        break;
    case Grid::SymmetricSigned: {
        const double largest = std::abs(lo) >= std::abs(hi) ? lo : hi;
        params.scale = storedScale(-largest / (zero - codes.min));
        break;
    }
    default:
        params.scale = storedScale(2 * bound / spread);
    }
    return params;
}

} // namespace

CodeRange codeRange(const Scheme& scheme)
{
    if (scheme.format == Format::Binary)
        return {0, 1};
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
    const double lo = cut(range.lo);
    const double hi = cut(range.hi);
    if (scheme.format == Format::Binary) {
        SetParams params;
        params.range = {static_cast<float>(0 - hi), static_cast<float>(hi)};
        params.scale = storedScale(2 * static_cast<double>(static_cast<float>(hi)));
        params.offset = static_cast<float>(-hi);
        if (hi == 0) // all zeros: both levels are 0
            params.scale = 0;
        return params;
    }
    const CodeRange codes = codeRange(scheme);
    const double spread = codes.max - codes.min;
    if (isSymmetric(scheme.grid))
        return symmetricParams(scheme.grid, codes, lo, hi);
    SetParams params;
    params.zeroPoint = codes.min;
    switch (scheme.grid) {
    case Grid::MidRise: {
        const double bound = std::max(std::abs(lo), std::abs(hi));
        params.range = {static_cast<float>(0 - bound), static_cast<float>(bound)};
        params.scale = storedScale(2 * bound / spread);
        params.offset = static_cast<float>(-bound);
        break;
    }
    case Grid::Offset:
        params.range = {static_cast<float>(lo), static_cast<float>(hi)};
        params.scale = storedScale((hi - lo) / spread);
        params.offset = static_cast<float>(lo);
        break;
    default: {
        const double low = std::min(lo, 0.0);
        const double high = std::max(hi, 0.0);
        params.range = {static_cast<float>(low), static_cast<float>(high)};
        params.scale = storedScale((high - low) / spread);
        // float32 division by the stored scale, as for values: the code that 0 - lo' itself would get.
        const float zero = std::nearbyint(-static_cast<float>(low) / params.scale);
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
        return x >= 0 ? 1 : 0;
    const float t = (x - params.offset) / params.scale;
    const float down = std::floor(t);
    const float fraction = t - down;
    float rounded = down;
    switch (scheme.rounding.kind) {
    case Rounding::Kind::HalfEven:
        rounded = std::nearbyint(t);
        break;
    case Rounding::Kind::HalfAway:
        rounded = std::round(t);
        break;
    case Rounding::Kind::HalfUp:
        rounded = down + (fraction >= 0.5f ? 1.0f : 0.0f);
        break;
    case Rounding::Kind::Floor:
        break;
    case Rounding::Kind::Stochastic:
        rounded = down + (fraction > draw ? 1.0f : 0.0f);
        break;
    }
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

Interval clipLimits(const SetParams& params, CodeRange codes)
{
    const Interval ends = levelEnds(params, codes);
    const float margin =
        (ends.hi - ends.lo) * 0x1p-22f + std::max(std::abs(ends.lo), std::abs(ends.hi)) * 0x1p-23f;
    return {ends.lo - margin, ends.hi + margin};
}

std::vector<float> levels(const Scheme& scheme, const SetParams& params)
{
    const CodeRange codes = codeRange(scheme);
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(codes.max - codes.min + 1));
    for (int q = codes.min; q <= codes.max; ++q)
        values.push_back(levelValue(params, q));
    return values;
}

bool zeroIsExact(const Scheme& scheme, const SetParams& params)
{
    const std::vector<float> values = levels(scheme, params);
    return std::find(values.begin(), values.end(), 0.0f) != values.end();
}

} // namespace quantoscope
