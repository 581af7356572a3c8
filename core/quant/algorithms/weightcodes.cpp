// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/weightcodes.h"

#include "core/quant/quantize.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

namespace quantoscope {

namespace {

constexpr std::size_t elementsPerStep = 1 << 16;

/// body(set, first element, count) for the stretches of one channel's elements that share a set.
template <class Body>
void forSetsOf(const SetLayout& layout, const ChannelMajor& weights, std::size_t channel, Body body)
{
    const std::size_t length = std::max<std::size_t>(1, std::min(layout.length, weights.perChannel));
    for (std::size_t i = 0; i < weights.perChannel; i += length)
        body(setOf(layout, channel, i), channel * weights.perChannel + i,
             std::min(length, weights.perChannel - i));
}

template <class Body>
void forChannels(const ChannelMajor& weights, const std::stop_token& stop, Body body)
{
    const std::size_t perTask =
        std::max<std::size_t>(1, elementsPerStep / std::max<std::size_t>(1, weights.perChannel));
    parallelFor((weights.channels + perTask - 1) / perTask,
                [&](std::size_t task) {
                    for (std::size_t c = task * perTask; c < std::min(weights.channels, (task + 1) * perTask);
                         ++c)
                        body(c);
                },
                stop);
}

} // namespace

void requireUniform(const Scheme& scheme, std::string_view name)
{
    const std::string algorithm(name);
    if (scheme.format != Format::Int)
        throw Error(ErrorCode::SchemeMismatch,
                    "algorithm=" + algorithm
                        + " works on format=int, not on format=" + std::string(nameOf(scheme.format)) + ".");
    const Rounding::Kind rounding = scheme.rounding.kind;
    if (rounding == Rounding::Kind::Floor || rounding == Rounding::Kind::Stochastic)
        throw Error(ErrorCode::SchemeMismatch,
                    "algorithm=" + algorithm + " decides the codes itself: leave 'rounding' out.");
    if (scheme.outliers)
        throw Error(ErrorCode::SchemeMismatch,
                    "algorithm=" + algorithm + " keeps no columns apart: leave 'outliers' out.");
}

ChannelMajor finiteWeights(const ChannelMajor& weights)
{
    const auto finite = [](float x) { return std::isfinite(x); };
    if (std::all_of(weights.values.begin(), weights.values.end(), finite))
        return weights;
    const auto copy = std::make_shared<std::vector<float>>(weights.values.begin(), weights.values.end());
    std::replace_if(copy->begin(), copy->end(), std::not_fn(finite), 0.0f);
    return {*copy, weights.channels, weights.perChannel, weights.inner, copy};
}

NearestWeights nearestWeights(const ChannelMajor& weights, const Scheme& scheme, const std::stop_token& stop)
{
    const SetLayout layout = layoutFor(scheme, weights);
    NearestWeights nearest{makeParamSets(scheme, layout, estimateRanges(weights, scheme, stop)),
                           std::vector<std::uint16_t>(weights.values.size()),
                           std::vector<float>(weights.values.size())};
    const CodeRange codes = nearest.params.codes;
    forChannels(weights, stop, [&](std::size_t channel) {
        forSetsOf(layout, weights, channel, [&](std::size_t s, std::size_t begin, std::size_t count) {
            const SetParams& set = nearest.params.sets[s];
            for (std::size_t i = begin; i < begin + count; ++i) {
                const int q = quantizeOne(scheme, set, codes, weights.values[i]);
                nearest.codes[i] = static_cast<std::uint16_t>(q - codes.min);
                nearest.values[i] = levelValue(set, q);
            }
        });
    });
    return nearest;
}

std::vector<float> NearestWeights::errors(const ChannelMajor& weights) const
{
    std::vector<float> differences(values.size());
    std::transform(values.begin(), values.end(), weights.values.begin(), differences.begin(), std::minus<>());
    return differences;
}

void attachCodes(ParamSets& params, const ChannelMajor& weights, std::vector<std::uint16_t> codes,
                 std::vector<float> columnFactors)
{
    for (std::size_t i = 0; i < codes.size(); ++i)
        if (!std::isfinite(weights.values[i]))
            codes[i] = 0;
    auto coded = std::make_shared<CodedTensor>();
    coded->codes = std::move(codes);
    coded->columnFactors = std::move(columnFactors);
    params.coded = std::move(coded);
}

} // namespace quantoscope
