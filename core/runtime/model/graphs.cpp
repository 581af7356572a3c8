// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/model/graphs.h"

#include "core/formats/utf8.h"

namespace quantoscope {

void forEachGraph(onnx::GraphProto& graph, const std::function<void(onnx::GraphProto&)>& visit)
{
    visit(graph);
    for (auto& node : *graph.mutable_node())
        for (auto& attribute : *node.mutable_attribute()) {
            if (attribute.has_g())
                forEachGraph(*attribute.mutable_g(), visit);
            for (auto& body : *attribute.mutable_graphs())
                forEachGraph(body, visit);
        }
}

void forEachGraph(const onnx::GraphProto& graph, const std::function<void(const onnx::GraphProto&)>& visit)
{
    visit(graph);
    for (const auto& node : graph.node())
        for (const auto& attribute : node.attribute()) {
            if (attribute.has_g())
                forEachGraph(attribute.g(), visit);
            for (const auto& body : attribute.graphs())
                forEachGraph(body, visit);
        }
}

std::unordered_map<std::string, int> countUses(const onnx::GraphProto& graph)
{
    std::unordered_map<std::string, int> uses;
    forEachGraph(graph, [&uses](const onnx::GraphProto& each) {
        for (const auto& node : each.node())
            for (const std::string& input : node.input())
                ++uses[input];
        for (const auto& output : each.output())
            ++uses[output.name()];
    });
    return uses;
}

std::string labelOf(const onnx::NodeProto& node)
{
    if (!node.name().empty())
        return validUtf8(node.name());
    return validUtf8(node.op_type()) + (node.output_size() > 0 ? " → " + validUtf8(node.output(0)) : "");
}

} // namespace quantoscope
