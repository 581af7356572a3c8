// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/graphwalker.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/utf8.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// A damaged file could give a reason per node; people read the first ones.
constexpr std::size_t maxSkipped = 1000;

bool isStandard(const onnx::NodeProto& node) { return node.domain().empty() || node.domain() == "ai.onnx"; }

bool isConstantNode(const onnx::NodeProto& node) { return isStandard(node) && node.op_type() == "Constant"; }

/// Whether the node's outputs are fixed by the file: all its inputs are.
bool dependsOnConstantsOnly(const onnx::NodeProto& node, Scope& scope)
{
    // ONNX Runtime's own QuantizeLinear and DequantizeLinear came before the standard ones of 16 and 4 bits.
    const bool runtimeTwin = node.domain() == "com.microsoft"
                             && (node.op_type() == "DequantizeLinear" || node.op_type() == "QuantizeLinear");
    const bool known = isStandard(node) || runtimeTwin;
    if (!known || node.op_type().starts_with("Random"))
        return false;
    bool any = false;
    for (const std::string& name : node.input()) {
        if (name.empty())
            continue;
        const Value* value = scope.find(name);
        if (!value || !value->isConstant)
            return false;
        any = true;
    }
    return any;
}

/// Shapes are numbers about a value, not what a layer computed.
bool carriesData(const onnx::NodeProto& node)
{
    return node.op_type() != "Shape" && node.op_type() != "Size";
}

/// The value that the node multiplies a weight with: its first input that the file does not fix. Nothing outside sees values
/// inside the body of an If, Loop or Scan, nor the state that a recurrent node multiplies with its second weight.
std::string observedInput(const onnx::NodeProto& node, const WeightUse& use, Scope& scope)
{
    const bool recurrent =
        use.kind == LayerKind::Lstm || use.kind == LayerKind::Gru || use.kind == LayerKind::Rnn;
    if (scope.isBody() || (recurrent && use.slot == 2))
        return {};
    for (const std::string& name : node.input())
        if (const Value* value = scope.find(name); value && !value->isConstant)
            return name;
    return {};
}

bool hasSubgraph(const onnx::NodeProto& node)
{
    return std::any_of(node.attribute().begin(), node.attribute().end(), [](const auto& attribute) {
        return attribute.has_g() || attribute.graphs_size() > 0;
    });
}

} // namespace

void GraphWalker::visit(const onnx::GraphProto& graph)
{
    Scope scope(graph);
    visitGraph(graph, scope);
    for (std::size_t i = 0; i < m_network.layers.size(); ++i) {
        m_network.layers[i].before.assign(m_before[i].begin(), m_before[i].end());
        m_network.layers[i].after.assign(m_after[i].begin(), m_after[i].end());
    }
}

void GraphWalker::visitGraph(const onnx::GraphProto& graph, Scope& scope)
{
    for (const auto& initializer : graph.initializer()) {
        throwIfStopped(m_stop);
        defineStored(scope.define(initializer.name()), initializer.name(), initializer);
    }
    for (const auto& sparse : graph.sparse_initializer()) {
        Value& value = scope.define(sparse.values().name());
        value.isConstant = true;
        value.failure = "sparse tensors are not supported";
        skip(sparse.values().name(), value.failure);
    }
    for (const auto& input : graph.input())
        scope.define(input.name());
    for (const auto& node : graph.node()) {
        throwIfStopped(m_stop);
        visitNode(node, scope);
    }
}

void GraphWalker::defineStored(Value& value, const std::string& name, const onnx::TensorProto& proto)
{
    if (value.isConstant)
        return skip(name, "the graph defines this name twice; the first one is used");
    value.isConstant = true;
    try {
        setConstant(value, name, m_decoder.decode(proto));
    } catch (const Error& error) {
        value.failure = error.what();
        const int type = proto.data_type();
        // Text and 64-bit unsigned numbers are never weights: nothing is lost.
        if (type != onnx::TensorProto::STRING && type != onnx::TensorProto::UINT64)
            skip(name, value.failure);
    }
}

void GraphWalker::setConstant(Value& value, const std::string& name, Tensor tensor)
{
    if (!isInteger(tensor.dtype))
        m_network.parameters += tensor.size();
    value.constant = std::make_shared<const Constant>(
        Constant{std::move(tensor), std::nullopt, validUtf8(name), "t" + std::to_string(m_storedTensors++)});
}

void GraphWalker::visitConstantNode(const onnx::NodeProto& node, Scope& scope)
{
    if (node.output_size() == 0 || node.attribute_size() == 0)
        return skip(labelOf(node), "a Constant node without a value");
    const std::string& name = node.output(0);
    Value& value = scope.define(name);
    const onnx::AttributeProto& attribute = node.attribute(0);
    if (attribute.has_t())
        return defineStored(value, name, attribute.t());
    if (value.isConstant)
        return skip(name, "the graph defines this name twice; the first one is used");
    value.isConstant = true;
    try {
        setConstant(value, name, m_decoder.decodeNumbers(attribute));
    } catch (const Error& error) {
        value.failure = error.what();
        if (!attribute.name().starts_with("value_string"))
            skip(name, value.failure);
    }
}

void GraphWalker::visitNode(const onnx::NodeProto& node, Scope& scope)
{
    if (isConstantNode(node))
        return visitConstantNode(node, scope);
    const bool subgraphs = hasSubgraph(node);
    Frontier upstream;
    if (!subgraphs && carriesData(node))
        for (const std::string& name : node.input())
            if (const Value* value = scope.find(name))
                mergeFrontier(upstream, value->upstream);

    const bool constant = !subgraphs && dependsOnConstantsOnly(node, scope);
    std::vector<Frontier> outputs(static_cast<std::size_t>(node.output_size()), upstream);
    if (subgraphs)
        visitSubgraphs(node, scope, outputs);
    else if (!constant)
        if (const Frontier layers = addLayers(node, scope, upstream); !layers.empty())
            outputs.assign(outputs.size(), layers);

    for (int i = 0; i < node.output_size(); ++i) {
        if (node.output(i).empty())
            continue;
        Value& value = scope.define(node.output(i));
        if (value.isConstant) // defined twice: the stored tensor stays
            continue;
        value.producer = &node;
        value.scope = &scope;
        value.isConstant = constant && i == 0;
        value.upstream = std::move(outputs[static_cast<std::size_t>(i)]);
    }
}

void GraphWalker::visitSubgraphs(const onnx::NodeProto& node, Scope& scope, std::vector<Frontier>& outputs)
{
    for (const auto& attribute : node.attribute()) {
        if (attribute.has_g())
            visitSubgraph(node, attribute.g(), scope, outputs);
        for (const auto& body : attribute.graphs())
            visitSubgraph(node, body, scope, outputs);
    }
}

void GraphWalker::visitSubgraph(const onnx::NodeProto& node, const onnx::GraphProto& body, Scope& scope,
                                std::vector<Frontier>& outputs)
{
    Scope inner(body, &scope);
    // Loop and Scan hand their inputs to the body in order; If bodies have no inputs.
    for (int i = 0; i < body.input_size() && i < node.input_size(); ++i)
        if (const Value* value = scope.find(node.input(i)))
            inner.define(body.input(i).name()).upstream = value->upstream;
    visitGraph(body, inner);
    // A Loop body gives its condition first.
    const int first = node.op_type() == "Loop" ? 1 : 0;
    for (int i = first; i < body.output_size(); ++i) {
        const auto target = static_cast<std::size_t>(i - first);
        const Value* value = inner.find(body.output(i).name());
        if (value && target < outputs.size())
            mergeFrontier(outputs[target], value->upstream);
    }
}

Frontier GraphWalker::addLayers(const onnx::NodeProto& node, Scope& scope, const Frontier& upstream)
{
    Frontier layers;
    try {
        for (const WeightUse& use : weightUsesOf(scope, node, m_folder)) {
            const std::uint32_t index = layerFor(node, use, scope);
            mergeFrontier(layers, {index});
            for (const std::uint32_t before : upstream) {
                if (before == index) // a weight used again behind itself
                    continue;
                m_before[index].insert(LayerId{before});
                m_after[before].insert(LayerId{index});
            }
        }
    } catch (const Error& error) {
        skip(labelOf(node), error.what());
    }
    return layers;
}

std::uint32_t GraphWalker::layerFor(const onnx::NodeProto& node, const WeightUse& use, Scope& scope)
{
    const auto next = static_cast<std::uint32_t>(m_network.layers.size());
    const auto [entry, isNew] = m_layerOfWeight.emplace(use.weight->key, next);
    if (isNew)
        m_network.layers.push_back(newLayer(node, use, next));
    Layer& layer = m_network.layers[entry->second];
    layer.uses.push_back({node.output_size() > 0 ? node.output(0) : std::string(), use.slot,
                          observedInput(node, use, scope), scope.isBody()});
    if (isNew)
        layer.input = layer.uses.front().input;
    return entry->second;
}

Layer GraphWalker::newLayer(const onnx::NodeProto& node, const WeightUse& use, std::uint32_t next)
{
    Layer layer;
    layer.id = {next};
    layer.name = validUtf8(node.name());
    layer.kind = use.kind;
    layer.op = validUtf8(node.op_type());
    layer.weight = {static_cast<std::uint32_t>(m_network.weights.size())};
    layer.channelAxis = use.channelAxis;
    layer.attributes = attributesAsText(node);
    if (use.bias && use.bias->stored) {
        const FloatArray values = valuesOf({use.bias->name, use.bias->tensor, use.bias->stored});
        layer.bias = Tensor{DType::F32, use.bias->tensor.shape, std::as_bytes(values.values), values.owner};
    } else if (use.bias) {
        layer.bias = use.bias->tensor;
    }
    m_network.weights.push_back({use.weight->name, use.weight->tensor, use.weight->stored});
    m_before.emplace_back();
    m_after.emplace_back();
    return layer;
}

void GraphWalker::nameLayers()
{
    std::unordered_map<std::string, int> uses;
    for (const Layer& layer : m_network.layers)
        ++uses[layer.name];
    std::unordered_map<std::string, int> taken;
    for (Layer& layer : m_network.layers) {
        if (layer.name.empty() || uses[layer.name] > 1)
            layer.name = m_network.weightOf(layer).name;
        const std::string name = layer.name;
        for (int& count = taken[name]; count > 0 && taken.contains(layer.name);)
            layer.name = name + " (" + std::to_string(++count) + ")";
        ++taken[layer.name];
    }
}

void GraphWalker::skip(const std::string& name, const std::string& reason)
{
    if (m_network.skipped.size() < maxSkipped)
        m_network.skipped.push_back({validUtf8(name), reason});
    else if (m_network.skipped.size() == maxSkipped)
        m_network.skipped.push_back({"", "further parts were skipped"});
}

std::string GraphWalker::labelOf(const onnx::NodeProto& node) const
{
    if (!node.name().empty())
        return node.name();
    const std::string output = node.output_size() > 0 ? node.output(0) : std::string();
    return node.op_type() + (output.empty() ? "" : " → " + output);
}

} // namespace quantoscope
