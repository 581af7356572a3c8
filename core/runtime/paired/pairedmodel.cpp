// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/paired/pairedmodel.h"

#include "core/runtime/execute/capture.h"
#include "core/runtime/paired/errorsums.h"
#include "core/support/progress.h"

#include <onnx/onnx_pb.h>

#include <unordered_map>
#include <unordered_set>

namespace quantoscope {

namespace {

using Names = std::unordered_set<std::string>;

std::string inQuantized(const std::string& name) { return "quantized/" + name; }
std::string alone(const std::string& name) { return "alone/" + name; }

/// What nodes and initializers of the main graph define.
Names definedIn(const onnx::GraphProto& graph)
{
    Names names;
    for (const auto& node : graph.node())
        names.insert(node.output().begin(), node.output().end());
    for (const auto& tensor : graph.initializer())
        names.insert(tensor.name());
    for (const auto& tensor : graph.sparse_initializer())
        names.insert(tensor.values().name());
    names.erase("");
    return names;
}

void renameReferences(onnx::GraphProto& body, const Names& names);

/// Bodies see the values around them by name.
void renameNode(onnx::NodeProto& node, const Names& names)
{
    for (std::string& input : *node.mutable_input())
        if (names.contains(input))
            input = inQuantized(input);
    for (auto& attribute : *node.mutable_attribute()) {
        if (attribute.has_g())
            renameReferences(*attribute.mutable_g(), names);
        for (auto& body : *attribute.mutable_graphs())
            renameReferences(body, names);
    }
}

void renameReferences(onnx::GraphProto& body, const Names& names)
{
    for (auto& node : *body.mutable_node())
        renameNode(node, names);
    for (auto& output : *body.mutable_output()) // a body may hand out a value from around it
        if (names.contains(output.name()))
            output.set_name(inQuantized(output.name()));
}

void addQuantized(onnx::GraphProto& graph, const onnx::GraphProto& quantized, const std::stop_token& stop)
{
    const Names names = definedIn(quantized);
    for (const auto& tensor : quantized.initializer()) {
        throwIfStopped(stop);
        onnx::TensorProto& copy = *graph.add_initializer();
        copy = tensor;
        copy.set_name(inQuantized(tensor.name()));
    }
    for (const auto& tensor : quantized.sparse_initializer()) {
        auto& copy = *graph.add_sparse_initializer();
        copy = tensor;
        copy.mutable_values()->set_name(inQuantized(tensor.values().name()));
    }
    for (const auto& node : quantized.node()) {
        onnx::NodeProto& copy = *graph.add_node();
        copy = node;
        copy.clear_name(); // names of nodes occur once
        renameNode(copy, names);
        for (std::string& output : *copy.mutable_output())
            if (!output.empty())
                output = inQuantized(output);
    }
    for (const auto& output : quantized.output()) {
        onnx::ValueInfoProto& copy = *graph.add_output();
        copy = output;
        if (names.contains(output.name()))
            copy.set_name(inQuantized(output.name()));
    }
}

void addOperatorSets(onnx::ModelProto& model, const onnx::ModelProto& more)
{
    const auto add = [&](const std::string& domain, std::int64_t version) {
        for (const auto& set : model.opset_import())
            if (set.domain() == domain)
                return;
        auto& set = *model.add_opset_import();
        set.set_domain(domain);
        set.set_version(version);
    };
    for (const auto& set : more.opset_import())
        add(set.domain(), set.version());
    add(pairedDomain, 1);
}

/// Layers of the quantized network once more, fed with values of the float one.
class LocalTwins
{
public:
    LocalTwins(onnx::GraphProto& graph, const onnx::GraphProto& original, const onnx::GraphProto& quantized)
        : m_graph(graph), m_original(definedIn(original))
    {
        for (const auto& tensor : quantized.initializer())
            m_stored.insert(tensor.name());
        for (const auto& node : quantized.node())
            for (const std::string& output : node.output())
                m_producers.emplace(output, &node);
    }

    bool has(const std::string& output) const { return m_producers.contains(output); }

    /// The name of `output` as its twin gives it.
    std::string add(const std::string& output)
    {
        clone(*m_producers.at(output));
        return alone(output);
    }

private:
    void clone(const onnx::NodeProto& node)
    {
        if (!m_cloned.insert(&node).second)
            return;
        onnx::NodeProto twin = node;
        twin.clear_name();
        for (std::string& input : *twin.mutable_input())
            input = inputOf(input);
        for (std::string& output : *twin.mutable_output())
            if (!output.empty())
                output = alone(output);
        *m_graph.add_node() = std::move(twin);
    }

    /// Values of the float network where it has them; what was put in front of or behind the layer belongs to the layer.
    std::string inputOf(const std::string& name)
    {
        if (m_stored.contains(name))
            return inQuantized(name);
        const auto producer = m_producers.find(name);
        if (producer == m_producers.end() || m_original.contains(name))
            return name;
        clone(*producer->second);
        return alone(name);
    }

    onnx::GraphProto& m_graph;
    Names m_original;
    Names m_stored;
    std::unordered_map<std::string, const onnx::NodeProto*> m_producers;
    std::unordered_set<const onnx::NodeProto*> m_cloned;
};

std::string addSums(onnx::GraphProto& graph, const std::string& reference, const std::string& other)
{
    onnx::NodeProto& node = *graph.add_node();
    node.set_domain(pairedDomain);
    node.set_op_type(errorSumsOp);
    node.add_input(reference);
    node.add_input(other);
    node.add_output("sums/" + other);
    graph.add_output()->set_name(node.output(0));
    return node.output(0);
}

} // namespace

PairedModel pairedModel(const RunModel& original, const EditedModel& quantized, std::stop_token stop)
{
    auto proto = std::make_shared<onnx::ModelProto>(original.proto);
    onnx::GraphProto& graph = *proto->mutable_graph();
    const onnx::GraphProto& other = quantized.model->proto.graph();
    PairedModel result;
    result.outputs = static_cast<std::size_t>(graph.output_size());
    addQuantized(graph, other, stop);
    addOperatorSets(*proto, quantized.model->proto);

    const Names both = [&] {
        Names names;
        const Names floats = definedIn(original.proto.graph());
        for (const std::string& name : definedIn(other))
            if (floats.contains(name))
                names.insert(name);
        return names;
    }();
    LocalTwins twins(graph, original.proto.graph(), other);
    for (const Replacement& replacement : quantized.replacements) {
        const Layer& layer = original.network->layer(replacement.layer);
        PairedLayer paired{layer.id, {}, {}, whyNotObservable(layer)};
        if (paired.reason.empty() && (layer.uses.empty() || !both.contains(layer.uses.front().output)))
            paired.reason = "Its output is not a value of both networks.";
        if (paired.reason.empty()) {
            const std::string& output = layer.uses.front().output;
            paired.accumulated = addSums(graph, output, inQuantized(output));
            if (replacement.replaced && twins.has(output))
                paired.local = addSums(graph, output, twins.add(output));
        }
        result.layers.push_back(std::move(paired));
    }
    auto model = std::make_shared<RunModel>(std::move(proto));
    model->file = original.file;
    model->folder = original.folder;
    model->network = original.network;
    result.edited = {std::move(model), pairedOperators(quantized.operators), quantized.replacements};
    return result;
}

} // namespace quantoscope
