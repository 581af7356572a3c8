// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/fusedclamp.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/tensordecoder.h"

#include <algorithm>
#include <optional>

namespace quantoscope {

namespace {

/// An end of a Clip: an attribute before operator set 11, an input since; `otherwise` where it is left out.
std::optional<float> endOf(const onnx::NodeProto& node, const char* name, int slot, float otherwise,
                           const ScalarConstants& scalars)
{
    if (const onnx::AttributeProto* attribute = findAttribute(node, name))
        return attribute->f();
    if (node.input_size() <= slot || node.input(slot).empty())
        return otherwise;
    const auto found = scalars.find(node.input(slot));
    return found == scalars.end() ? std::nullopt : std::optional(found->second);
}

} // namespace

Readers::Readers(onnx::ModelProto& model) { visit(*model.mutable_graph(), true); }

void Readers::visit(onnx::GraphProto& graph, bool isMain)
{
    for (auto& node : *graph.mutable_node()) {
        for (const auto& input : node.input())
            m_nodes[input].push_back(isMain ? &node : nullptr);
        for (auto& attribute : *node.mutable_attribute()) {
            if (attribute.has_g())
                visit(*attribute.mutable_g(), false);
            for (auto& body : *attribute.mutable_graphs())
                visit(body, false);
        }
    }
    for (const auto& output : graph.output())
        m_nodes[output.name()].push_back(nullptr);
}

std::vector<onnx::NodeProto*> Readers::all(const std::string& value) const
{
    const auto found = m_nodes.find(value);
    if (found == m_nodes.end()
        || std::find(found->second.begin(), found->second.end(), nullptr) != found->second.end())
        return {};
    return found->second;
}

onnx::NodeProto* Readers::only(const std::string& value) const
{
    const std::vector<onnx::NodeProto*> nodes = all(value);
    return nodes.size() == 1 ? nodes.front() : nullptr;
}

ScalarConstants scalarConstants(const std::shared_ptr<const RunModel>& model)
{
    TensorDecoder decoder({model, &model->proto}, model->folder);
    ScalarConstants values;
    for (const auto& tensor : model->proto.graph().initializer()) {
        const bool single = std::all_of(tensor.dims().begin(), tensor.dims().end(),
                                        [](std::int64_t size) { return size == 1; });
        if (single && tensor.data_type() == onnx::TensorProto::FLOAT)
            values[tensor.name()] = floatsOf(decoder.decode(tensor)).values.front();
    }
    return values;
}

FusedClamp clampBehind(const Readers& readers, const std::string& value, const ScalarConstants& scalars)
{
    onnx::NodeProto* const node = readers.only(value);
    if (node == nullptr || !(node->domain().empty() || node->domain() == "ai.onnx")
        || node->input(0) != value)
        return {};
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (node->op_type() == "Relu")
        return {node, 0, infinity};
    if (node->op_type() != "Clip")
        return {};
    const std::optional<float> low = endOf(*node, "min", 1, -infinity, scalars);
    const std::optional<float> high = endOf(*node, "max", 2, infinity, scalars);
    if (!low || !high || !(*low < *high))
        return {};
    return {node, *low, *high};
}

} // namespace quantoscope
