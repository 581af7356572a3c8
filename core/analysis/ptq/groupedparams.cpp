// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/groupedparams.h"

#include "core/quant/algorithms/biascorrection.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// A tensor's range, when one value or none is all it holds, cannot be given by hand.
std::optional<Scheme> schemeOfGroups(LayerData& layer, const Scheme& scheme, const std::stop_token& stop)
{
    if (scheme.granularity.kind != Granularity::Kind::Tensor)
        return scheme;
    Scheme nearest = scheme;
    nearest.algorithm = Algorithm::Rtn;
    const Interval range = layer.params(nearest, stop)->sets.front().range;
    if (!(range.lo < range.hi))
        return std::nullopt;
    Scheme given = scheme;
    given.range = {RangeRule::Kind::Manual, static_cast<double>(range.lo), static_cast<double>(range.hi)};
    return given;
}

ParamSets joined(const std::vector<std::shared_ptr<const ParamSets>>& groups, const Scheme& scheme,
                 const SetLayout& layout)
{
    ParamSets all = *groups.front();
    all.scheme = scheme;
    all.layout = layout;
    auto coded = std::make_shared<CodedTensor>();
    all.sets.clear();
    for (const auto& group : groups) {
        if (all.sets.size() < layout.count())
            all.sets.insert(all.sets.end(), group->sets.begin(), group->sets.end());
        coded->codes.insert(coded->codes.end(), group->coded->codes.begin(), group->coded->codes.end());
    }
    all.coded = std::move(coded);
    return all;
}

} // namespace

std::vector<float> LayerRows::ofGroup(std::size_t group) const
{
    std::vector<float> own;
    own.reserve(rows() * perGroup());
    for (std::size_t row = 0; row < rows(); ++row) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * features + group * perGroup());
        own.insert(own.end(), first, first + static_cast<std::ptrdiff_t>(perGroup()));
    }
    return own;
}

ParamSets groupedParams(LayerData& layer, const Scheme& scheme, const LayerRows& rows,
                        const std::stop_token& stop)
{
    if (scheme.algorithm == Algorithm::Awq)
        throw Error(ErrorCode::SchemeMismatch,
                    "AWQ scales input columns, and the groups of a convolution have each their own.");
    const ChannelMajor& weights = layer.arranged(scheme);
    const std::optional<Scheme> own = schemeOfGroups(layer, scheme, stop);
    if (!own) {
        Scheme nearest = scheme;
        nearest.algorithm = Algorithm::Rtn;
        return *layer.params(nearest, stop);
    }
    const std::size_t outputs = weights.channels / rows.groups;
    const Shape shape = {static_cast<std::int64_t>(outputs), static_cast<std::int64_t>(weights.perChannel)};
    const Shape inputShape = {static_cast<std::int64_t>(rows.rows()),
                              static_cast<std::int64_t>(rows.perGroup())};
    std::vector<std::shared_ptr<const ParamSets>> groups(rows.groups);
    parallelFor(
        rows.groups,
        [&](std::size_t g) {
            const std::size_t size = outputs * weights.perChannel;
            LayerData group({weights.values.subspan(g * size, size), weights.owner}, shape, 0);
            const auto inputs = std::make_shared<const std::vector<float>>(rows.ofGroup(g));
            group.setInputs({*inputs, inputs}, inputShape);
            groups[g] = group.params(*own, stop);
        },
        stop);
    return joined(groups, scheme, layoutFor(scheme, weights));
}

std::vector<float> correctedBias(LayerData& layer, const ParamSets& params, const LayerRows& rows,
                                 std::span<const float> bias, const std::stop_token& stop)
{
    const ChannelMajor& weights = layer.arranged(Scheme{});
    const std::vector<float> quantized = layer.valuesByOutput(params.scheme, params);
    const std::size_t outputs = weights.channels / rows.groups;
    const std::size_t size = outputs * weights.perChannel;
    std::vector<float> corrected;
    for (std::size_t g = 0; g < rows.groups; ++g) {
        const ChannelMajor own{weights.values.subspan(g * size, size), outputs, weights.perChannel, 0,
                               weights.owner};
        const std::vector<float> inputs = rows.ofGroup(g);
        const BiasCorrection part = correctBias(own, std::span(quantized).subspan(g * size, size),
                                                bias.empty() ? bias : bias.subspan(g * outputs, outputs),
                                                {inputs, rows.rows(), rows.perGroup()}, stop);
        corrected.insert(corrected.end(), part.bias.begin(), part.bias.end());
    }
    return corrected;
}

} // namespace quantoscope
