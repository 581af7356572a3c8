// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/peers/ortmodel.h"

#include "core/formats/onnx/tensordecoder.h"

#include <onnx/onnx_pb.h>

namespace quantoscope {

namespace {

void describe(onnx::ValueInfoProto& info, const std::string& name, DType type, const Shape* shape)
{
    info.set_name(name);
    auto* const tensor = info.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(onnxTypeOf(type));
    if (!shape)
        return;
    tensor->mutable_shape(); // a scalar has a shape, too
    for (const std::int64_t size : *shape)
        tensor->mutable_shape()->add_dim()->set_dim_value(size);
}

void addInput(onnx::GraphProto& graph, const std::string& name, const OrtInput& input)
{
    if (!input.constant) {
        describe(*graph.add_input(), name, input.tensor.dtype, &input.tensor.shape);
        return;
    }
    onnx::TensorProto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnxTypeOf(input.tensor.dtype));
    for (const std::int64_t size : input.tensor.shape)
        tensor.add_dims(size);
    tensor.set_raw_data(input.tensor.bytes.data(), input.tensor.bytes.size());
}

void addAttribute(onnx::NodeProto& node, const OrtAttribute& attribute)
{
    onnx::AttributeProto& proto = *node.add_attribute();
    proto.set_name(attribute.name);
    if (const auto* const integer = std::get_if<std::int64_t>(&attribute.value)) {
        proto.set_type(onnx::AttributeProto::INT);
        proto.set_i(*integer);
    } else if (const auto* const real = std::get_if<float>(&attribute.value)) {
        proto.set_type(onnx::AttributeProto::FLOAT);
        proto.set_f(*real);
    } else {
        proto.set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t value : std::get<std::vector<std::int64_t>>(attribute.value))
            proto.add_ints(value);
    }
}

} // namespace

std::string ortInputName(std::size_t index) { return "x" + std::to_string(index); }
std::string ortOutputName(std::size_t index) { return "y" + std::to_string(index); }

std::string ortModel(const OrtNode& node)
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    if (!node.domain.empty()) {
        auto* const set = model.add_opset_import();
        set->set_domain(node.domain);
        set->set_version(1);
    }
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(node.op);
    onnx::NodeProto& proto = *graph.add_node();
    proto.set_op_type(node.op);
    proto.set_domain(node.domain);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        proto.add_input(node.inputs[i] ? ortInputName(i) : "");
        if (node.inputs[i])
            addInput(graph, ortInputName(i), *node.inputs[i]);
    }
    for (const OrtAttribute& attribute : node.attributes)
        addAttribute(proto, attribute);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        proto.add_output(ortOutputName(i));
        describe(*graph.add_output(), ortOutputName(i), node.outputs[i], nullptr);
    }
    return model.SerializeAsString();
}

} // namespace quantoscope
