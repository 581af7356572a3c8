// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/qdq/valuegrids.h"

#include "core/formats/onnx/tensordecoder.h"
#include "core/runtime/integer/fusedclamp.h"

#include <algorithm>
#include <array>

namespace quantoscope {

namespace {

using Grids = std::map<std::string, CodeGrid>;

bool movesValues(const onnx::NodeProto& node)
{
    constexpr std::array ops = {"MaxPool", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"};
    return node.input_size() > 0 && node.output_size() > 0
           && std::find(ops.begin(), ops.end(), node.op_type()) != ops.end();
}

ScalarConstants scalarsOf(const RunModel& model)
{
    TensorDecoder decoder(model.held, model.folder);
    ScalarConstants scalars;
    for (const auto& tensor : model.proto.graph().initializer()) {
        const bool single = std::all_of(tensor.dims().begin(), tensor.dims().end(),
                                        [](std::int64_t size) { return size == 1; });
        if (single && tensor.data_type() == onnx::TensorProto::FLOAT)
            scalars[tensor.name()] = floatsOf(decoder.decode(tensor)).values.front();
    }
    return scalars;
}

/// Inputs of layers, static alone.
void addInputs(const QuantizedNetwork& network, const std::set<std::uint32_t>& layers, Grids& grids)
{
    for (const QuantizedLayer& quantized : network.layers) {
        if (!layers.contains(quantized.layer.index))
            continue;
        const ActivationScheme& act = *quantized.scheme.act;
        const Interval range{static_cast<float>(act.range.a), static_cast<float>(act.range.b)};
        for (const WeightUseNode& use : network.model->network->layer(quantized.layer).uses)
            grids.emplace(use.input, gridFor(act, range));
    }
}

/// What is moved has one grid before and behind.
void spread(const onnx::GraphProto& graph, Grids& grids)
{
    for (int i = graph.node_size() - 1; i >= 0; --i)
        if (const auto& node = graph.node(i); movesValues(node))
            if (const auto found = grids.find(node.output(0)); found != grids.end())
                grids.emplace(node.input(0), found->second);
    for (const auto& node : graph.node())
        if (movesValues(node))
            if (const auto found = grids.find(node.input(0)); found != grids.end())
                grids.emplace(node.output(0), found->second);
}

void addOutputs(const QuantizedNetwork& network, onnx::ModelProto& model,
                const std::set<std::uint32_t>& layers, Grids& grids)
{
    const Readers readers(model);
    const ScalarConstants scalars = scalarsOf(*network.model);
    for (const QuantizedLayer& quantized : network.layers) {
        const Layer& layer = network.model->network->layer(quantized.layer);
        // A product of matrices gives floats: what follows it adds a bias.
        if (!layers.contains(quantized.layer.index) || !quantized.output || layer.kind == LayerKind::MatMul)
            continue;
        for (const WeightUseNode& use : layer.uses) {
            const FusedClamp clamp = clampBehind(readers, use.output, scalars);
            Interval range = *quantized.output;
            if (clamp.node != nullptr)
                range = {std::clamp(range.lo, clamp.low, clamp.high),
                         std::clamp(range.hi, clamp.low, clamp.high)};
            grids.emplace(clamp.node != nullptr ? clamp.node->output(0) : use.output,
                          gridFor(*quantized.scheme.act, range));
        }
    }
}

} // namespace

Grids valueGrids(const QuantizedNetwork& network, onnx::ModelProto& model,
                 const std::set<std::uint32_t>& layers)
{
    Grids grids;
    const onnx::GraphProto& graph = model.graph();
    addInputs(network, layers, grids);
    spread(graph, grids);
    addOutputs(network, model, layers, grids);
    spread(graph, grids);
    return grids;
}

} // namespace quantoscope
