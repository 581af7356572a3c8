// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/fake/modeledit.h"

#include "core/runtime/model/graphs.h"

#include <algorithm>
#include <vector>

namespace quantoscope {

namespace {

int positionOf(const onnx::GraphProto& graph, const onnx::NodeProto* node)
{
    for (int i = 0; i < graph.node_size(); ++i)
        if (&graph.node(i) == node)
            return i;
    return graph.node_size();
}

} // namespace

ModelEdit::ModelEdit(onnx::ModelProto& model) : m_model(model)
{
    forEachGraph(*model.mutable_graph(), [&](onnx::GraphProto& graph) { visit(graph); });
}

void ModelEdit::visit(onnx::GraphProto& graph)
{
    for (const auto& value : graph.input())
        m_names.insert(value.name());
    for (const auto& tensor : graph.initializer())
        m_names.insert(tensor.name());
    for (auto& node : *graph.mutable_node()) {
        m_names.insert(node.output().begin(), node.output().end());
        for (const auto& output : node.output())
            m_nodes.emplace(output, NodePlace{&graph, &node});
    }
}

NodePlace ModelEdit::nodeOf(const std::string& output) const
{
    const auto found = m_nodes.find(output);
    return found == m_nodes.end() ? NodePlace{} : found->second;
}

std::string ModelEdit::freshName(const std::string& base)
{
    std::string name = base;
    for (int i = 2; !m_names.insert(name).second; ++i)
        name = base + "#" + std::to_string(i);
    return name;
}

std::string ModelEdit::addConstant(const std::string& base, onnx::TensorProto tensor)
{
    tensor.set_name(freshName(base));
    auto& added = *m_model.mutable_graph()->add_initializer();
    added = std::move(tensor);
    return added.name();
}

onnx::NodeProto& ModelEdit::insertAt(onnx::GraphProto& graph, int position)
{
    onnx::NodeProto& node = *graph.add_node();
    for (int i = graph.node_size() - 1; i > position; --i)
        graph.mutable_node()->SwapElements(i, i - 1);
    return node;
}

onnx::NodeProto& ModelEdit::insertBefore(const NodePlace& place)
{
    return insertAt(*place.graph, positionOf(*place.graph, place.node));
}

onnx::NodeProto& ModelEdit::insertBehind(const NodePlace& place)
{
    return insertAt(*place.graph, positionOf(*place.graph, place.node) + 1);
}

onnx::NodeProto& ModelEdit::insertBehindValue(onnx::GraphProto& graph, const std::string& value)
{
    int position = 0;
    for (int i = 0; i < graph.node_size(); ++i)
        if (std::find(graph.node(i).output().begin(), graph.node(i).output().end(), value)
            != graph.node(i).output().end())
            position = i + 1;
    return insertAt(graph, position);
}

void ModelEdit::addBehind(const NodePlace& place, const std::string& suffix, const std::string& other)
{
    const std::string output = place.node->output(0);
    const std::string first = freshName(output + suffix);
    place.node->set_output(0, first);
    onnx::NodeProto& sum = insertBehind(place);
    sum.set_op_type("Add");
    sum.add_input(first);
    sum.add_input(other);
    sum.add_output(output);
}

void ModelEdit::setInput(onnx::NodeProto& node, int slot, const std::string& name)
{
    while (node.input_size() <= slot)
        node.add_input();
    m_released.insert(node.input(slot));
    node.set_input(slot, name);
}

void ModelEdit::importDomain(const std::string& domain, std::int64_t version)
{
    for (const auto& import : m_model.opset_import())
        if (import.domain() == domain)
            return;
    auto& import = *m_model.add_opset_import();
    import.set_domain(domain);
    import.set_version(version);
}

void ModelEdit::removeUnused()
{
    onnx::GraphProto& main = *m_model.mutable_graph();
    auto readers = countUses(main);
    std::set<const onnx::NodeProto*> dead;
    std::set<std::string> unread;
    std::vector<std::string> waiting(m_released.begin(), m_released.end());
    while (!waiting.empty()) {
        const std::string name = std::move(waiting.back());
        waiting.pop_back();
        if (name.empty() || readers[name] > 0)
            continue;
        unread.insert(name);
        const NodePlace maker = nodeOf(name);
        if (maker.node == nullptr || maker.node->output_size() != 1 || !dead.insert(maker.node).second)
            continue;
        for (const auto& input : maker.node->input()) {
            --readers[input];
            waiting.push_back(input);
        }
    }
    forEachGraph(main, [&](onnx::GraphProto& graph) {
        std::set<std::string> gone;
        removeIf(*graph.mutable_initializer(), [&](const onnx::TensorProto& tensor) {
            return unread.contains(tensor.name()) && gone.insert(tensor.name()).second;
        });
        // Old files name their constants among the inputs too.
        removeIf(*graph.mutable_input(),
                 [&](const onnx::ValueInfoProto& value) { return gone.contains(value.name()); });
        removeIf(*graph.mutable_node(), [&](const onnx::NodeProto& node) { return dead.contains(&node); });
    });
    m_released.clear();
    std::erase_if(m_nodes, [&](const auto& entry) { return dead.contains(entry.second.node); });
}

onnx::TensorProto tensorProto(const Shape& shape, std::span<const float> values)
{
    onnx::TensorProto tensor;
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape)
        tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size_bytes());
    return tensor;
}

onnx::AttributeProto& addAttribute(onnx::NodeProto& node, const std::string& name, std::int64_t value)
{
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
    return attribute;
}

} // namespace quantoscope
