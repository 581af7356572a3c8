// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/measure.h"

#include "core/quant/fusedmeasure.h"
#include "core/quant/measureelements.h"

#include <algorithm>
#include <cassert>
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

/// Whether ErrorPass makes the scheme's codes and values itself.
bool isFused(const ParamSets& params)
{
    const Scheme& scheme = params.scheme;
    const bool known =
        scheme.format == Format::Int || (scheme.format == Format::Binary && scheme.grid == Grid::Symmetric);
    const bool nearest =
        scheme.rounding.kind != Rounding::Kind::Floor && scheme.rounding.kind != Rounding::Kind::Stochastic;
    return known && !params.coded && (scheme.scaling == Scaling::Divide || nearest);
}

PassRounding passRounding(const Scheme& scheme)
{
    if (scheme.format == Format::Binary)
        return PassRounding::Sign;
    const bool reciprocal = scheme.scaling == Scaling::Reciprocal;
    switch (scheme.rounding.kind) {
    case Rounding::Kind::HalfEven:
        return reciprocal ? PassRounding::HalfEvenReciprocal : PassRounding::HalfEven;
    case Rounding::Kind::HalfAway:
        return reciprocal ? PassRounding::HalfAwayReciprocal : PassRounding::HalfAway;
    case Rounding::Kind::HalfUp:
        return reciprocal ? PassRounding::HalfUpReciprocal : PassRounding::HalfUp;
    case Rounding::Kind::Floor:
        return PassRounding::Floor;
    case Rounding::Kind::Stochastic:
        break;
    }
    return PassRounding::Stochastic;
}

PassSetup setupFor(const ParamSets& params, const Extremes& range, bool full)
{
    PassSetup setup{params.sets.data(), params.codes, passRounding(params.scheme), full};
    setup.gain = params.sets.empty() ? 1.0f : gainFor(largestMagnitude(range, params));
    return setup;
}

} // namespace

PassResult measureError(const ChannelMajor& values, const ParamSets& params, const PassOptions& options,
                        std::stop_token stop, std::optional<std::size_t> onlySet)
{
    const Extremes range = options.extremes ? *options.extremes : extremes(values.values);
    const bool allFinite = range.finite == values.values.size();
    const PassSetup setup = setupFor(params, range, options.full);
    if (!isFused(params))
        return measureElements(values, params, options, setup.gain, std::move(stop), onlySet);
    return measureFused({values, params.layout, params.scheme.rounding, allFinite, onlySet}, {&setup, 1},
                        options.codeCounts, stop)
        .front();
}

std::vector<PassResult> measureErrors(const ChannelMajor& values, std::span<const ParamSets* const> params,
                                      const PassOptions& options, std::stop_token stop)
{
    if (params.empty())
        return {};
    PassOptions known = options;
    known.extremes = options.extremes ? *options.extremes : extremes(values.values);
    const ParamSets& first = *params.front();
    std::vector<PassSetup> setups;
    bool together = true;
    for (const ParamSets* one : params) {
        assert(one->layout == first.layout);
        setups.push_back(setupFor(*one, *known.extremes, options.full));
        together = together && isFused(*one) && one->scheme.rounding == first.scheme.rounding;
    }
    if (together)
        return measureFused({values, first.layout, first.scheme.rounding,
                             known.extremes->finite == values.values.size(), std::nullopt},
                            setups, options.codeCounts, stop);
    std::vector<PassResult> results;
    for (const ParamSets* one : params)
        results.push_back(measureError(values, *one, known, stop));
    return results;
}

} // namespace quantoscope
