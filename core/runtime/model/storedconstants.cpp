// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/model/storedconstants.h"

#include "core/runtime/model/graphs.h"

#include <string_view>
#include <unordered_set>

namespace quantoscope {

namespace {

using Names = std::unordered_set<std::string_view>;

template <class Field>
void setList(onnx::TensorProto& tensor, int type, const Field& values, Field& target)
{
    tensor.set_data_type(type);
    tensor.add_dims(values.size());
    target.CopyFrom(values);
}

/// The value of the attribute, moved into `tensor` where it is one; false for kinds that have no dense tensor.
bool takeValue(onnx::AttributeProto& attribute, onnx::TensorProto& tensor)
{
    const std::string& kind = attribute.name();
    if (kind == "value" && attribute.has_t()) {
        tensor.Swap(attribute.mutable_t());
    } else if (kind == "value_float") {
        tensor.set_data_type(onnx::TensorProto::FLOAT);
        tensor.add_float_data(attribute.f());
    } else if (kind == "value_int") {
        tensor.set_data_type(onnx::TensorProto::INT64);
        tensor.add_int64_data(attribute.i());
    } else if (kind == "value_string") {
        tensor.set_data_type(onnx::TensorProto::STRING);
        tensor.add_string_data(attribute.s());
    } else if (kind == "value_floats") {
        setList(tensor, onnx::TensorProto::FLOAT, attribute.floats(), *tensor.mutable_float_data());
    } else if (kind == "value_ints") {
        setList(tensor, onnx::TensorProto::INT64, attribute.ints(), *tensor.mutable_int64_data());
    } else if (kind == "value_strings") {
        setList(tensor, onnx::TensorProto::STRING, attribute.strings(), *tensor.mutable_string_data());
    } else {
        return false;
    }
    return true;
}

bool isConstantNode(const onnx::NodeProto& node)
{
    return node.op_type() == "Constant" && (node.domain().empty() || node.domain() == "ai.onnx")
           && node.output_size() == 1 && node.attribute_size() == 1;
}

std::size_t storeConstantsOf(onnx::GraphProto& graph)
{
    Names taken; // an initializer cannot be the graph's output everywhere, nor be defined twice
    for (const auto& output : graph.output())
        taken.insert(output.name());
    for (const auto& initializer : graph.initializer())
        taken.insert(initializer.name());
    std::unordered_set<const onnx::NodeProto*> stored;
    for (auto& node : *graph.mutable_node()) {
        if (!isConstantNode(node) || taken.contains(node.output(0)))
            continue;
        onnx::TensorProto tensor;
        if (!takeValue(*node.mutable_attribute(0), tensor))
            continue;
        tensor.set_name(node.output(0));
        graph.add_initializer()->Swap(&tensor);
        taken.insert(node.output(0));
        stored.insert(&node);
    }
    removeIf(*graph.mutable_node(), [&](const onnx::NodeProto& node) { return stored.contains(&node); });
    return stored.size();
}

} // namespace

std::size_t storeConstants(onnx::ModelProto& model)
{
    std::size_t count = 0;
    forEachGraph(*model.mutable_graph(),
                 [&count](onnx::GraphProto& graph) { count += storeConstantsOf(graph); });
    return count;
}

std::size_t closeInitializers(onnx::ModelProto& model)
{
    auto& graph = *model.mutable_graph();
    Names stored;
    for (const auto& initializer : graph.initializer())
        stored.insert(initializer.name());
    const int before = graph.input_size();
    removeIf(*graph.mutable_input(), [&](const auto& input) { return stored.contains(input.name()); });
    if (model.ir_version() < 4)
        model.set_ir_version(4);
    return static_cast<std::size_t>(before - graph.input_size());
}

} // namespace quantoscope
