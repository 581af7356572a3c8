// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/groupworks.h"

#include "core/quant/quantize.h"
#include "core/support/error.h"

namespace quantoscope {

namespace {

template <typename Element>
std::vector<Element> sliced(const std::vector<Element>& values, std::size_t first, std::size_t count)
{
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

/// Rounding by chance depends on an element's place in the whole tensor: its codes are settled before that is cut.
std::shared_ptr<const CodedTensor> settledCodes(const LayerWork& work)
{
    const ParamSets& params = *work.params;
    if (params.coded || params.scheme.rounding.kind != Rounding::Kind::Stochastic)
        return params.coded;
    const QuantizedValues values = quantize(work.weights, params);
    CodedTensor coded;
    for (std::size_t i = 0; i < values.codes.size(); ++i)
        coded.codes.push_back(
            static_cast<std::uint16_t>(values.finite[i] != 0 ? values.codes[i] - params.codes.min : 0));
    return std::make_shared<const CodedTensor>(std::move(coded));
}

/// Parameters of `outputs` outputs from `first` on.
ParamSets slicedParams(const ParamSets& params, const std::shared_ptr<const CodedTensor>& coded,
                       const ChannelMajor& weights, std::size_t first, std::size_t outputs)
{
    ParamSets slice{params.scheme, params.codes, params.layout, params.sets, params.tables, coded};
    if (params.layout.count() == 1) {
        slice.layout = {1, outputs * weights.perChannel, outputs * weights.perChannel};
    } else {
        const std::size_t sets = params.layout.perChannelSets();
        slice.layout.channels = outputs;
        slice.sets = sliced(params.sets, first * sets, outputs * sets);
        if (params.tables.size() > 1)
            slice.tables = sliced(params.tables, first * sets, outputs * sets);
    }
    if (coded) {
        CodedTensor own = {sliced(coded->codes, first * weights.perChannel, outputs * weights.perChannel),
                           coded->columnFactors, coded->halfColumns};
        slice.coded = std::make_shared<const CodedTensor>(std::move(own));
    }
    return slice;
}

} // namespace

std::vector<LayerWork> worksOfGroups(const LayerWork& work)
{
    const auto groups = static_cast<std::size_t>(work.conv->groups);
    const SetLayout& layout = work.params->layout;
    if (groups > 1 && layout.count() != 1 && layout.channels != work.weights.channels)
        throw Error(ErrorCode::Unsupported,
                    "A convolution in groups runs with scales of its outputs, not with scales along the "
                    "inputs.");
    const std::size_t outputs = work.weights.channels / groups;
    const std::size_t size = outputs * work.weights.perChannel;
    const std::shared_ptr<const CodedTensor> coded = groups > 1 ? settledCodes(work) : nullptr;
    std::vector<LayerWork> works(groups);
    for (std::size_t g = 0; g < groups; ++g) {
        LayerWork& own = works[g];
        own.weights = work.weights; // with `inner`, on which nothing depends but rounding by chance
        own.weights.values = work.weights.values.subspan(g * size, size);
        own.weights.channels = outputs;
        own.params = groups == 1 ? work.params
                                 : std::make_shared<const ParamSets>(
                                     slicedParams(*work.params, coded, work.weights, g * outputs, outputs));
        own.act = work.act;
        if (!work.bias.empty())
            own.bias = sliced(work.bias, g * outputs, outputs);
        own.rows = 0;
        own.signScale = work.signScale;
        own.low = work.low;
        own.high = work.high;
    }
    return works;
}

} // namespace quantoscope
