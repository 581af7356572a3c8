// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/activations/layerinput.h"

#include "core/runtime/execute/capture.h"

#include <algorithm>

namespace quantoscope {

namespace {

const onnx::NodeProto* nodeWithOutput(const RunModel& model, const std::string& output)
{
    for (const onnx::NodeProto& node : model.proto.graph().node())
        if (node.output_size() > 0 && node.output(0) == output)
            return &node;
    return nullptr;
}

} // namespace

LayerInput layerInputOf(const RunModel& model, const Layer& layer)
{
    LayerInput result;
    if (std::string why = whyNotObservable(layer); !why.empty())
        return {{}, std::move(why)};
    const Shape& weight = model.network->weightOf(layer).data.shape;
    for (const WeightUseNode& use : layer.uses) {
        const auto isKnown = [&](const ProductInput& known) { return known.value == use.input; };
        if (use.input.empty() || std::any_of(result.inputs.begin(), result.inputs.end(), isKnown))
            continue;
        const onnx::NodeProto* node = nodeWithOutput(model, use.output);
        if (!node)
            return {{}, "its node is not in the main graph"};
        ProductInputOrReason read = productInputOf(*node, layer, weight, use);
        if (read.input.features == 0)
            return {{}, std::move(read.reason)};
        if (!result.inputs.empty() && result.inputs.front().features != read.input.features)
            return {{}, "its nodes read different numbers of features"};
        result.inputs.push_back(std::move(read.input));
    }
    return result;
}

std::size_t featureAxisOfWeight(const Layer& layer, const Shape& weight)
{
    const std::size_t last = weight.size() - 1;
    return weight.size() > 1 && static_cast<std::size_t>(layer.channelAxis) == last ? last - 1 : last;
}

} // namespace quantoscope
