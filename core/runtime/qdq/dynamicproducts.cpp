// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/qdq/dynamicproducts.h"

#include "core/formats/onnx/attributes.h"

namespace quantoscope {

namespace {

/// [N, K] to [K, N].
std::vector<std::int32_t> transposed(const std::vector<std::int32_t>& codes, const Shape& shape)
{
    const auto rows = static_cast<std::size_t>(shape[0]);
    const auto columns = static_cast<std::size_t>(shape[1]);
    std::vector<std::int32_t> result(codes.size());
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c)
            result[c * rows + r] = codes[r * columns + c];
    return result;
}

float floatAttribute(const onnx::NodeProto& node, const char* name)
{
    const onnx::AttributeProto* found = findAttribute(node, name);
    return found != nullptr ? found->f() : 1.0f;
}

/// One value an output channel in the shape that spreads over [N, C, …]; products have outputs last.
Shape spreadShape(std::size_t outputs, bool isConv, std::size_t rank)
{
    Shape shape{static_cast<std::int64_t>(outputs)};
    for (std::size_t i = 2; isConv && i < rank; ++i)
        shape.push_back(1);
    return shape;
}

} // namespace

const DynamicProducts::Codes& DynamicProducts::codesOf(onnx::GraphProto& graph, const std::string& value)
{
    const auto [entry, isNew] = m_codes.try_emplace(value);
    if (isNew) {
        entry->second = {m_edit.freshName(value + "#codes"), m_edit.freshName(value + "#scale"),
                         m_edit.freshName(value + "#zero")};
        onnx::NodeProto& node = m_edit.insertBehindValue(graph, value);
        node.set_op_type("DynamicQuantizeLinear");
        node.add_input(value);
        for (const std::string& output : {entry->second.codes, entry->second.scale, entry->second.zero})
            node.add_output(output);
    }
    return entry->second;
}

void DynamicProducts::replace(const QuantizedLayer& quantized, const IntegerWeight& weight)
{
    for (const WeightUseNode& use : m_network.layer(quantized.layer).uses)
        replaceNode(m_edit.nodeOf(use.output), quantized, weight);
}

onnx::NodeProto& DynamicProducts::addNode(const NodePlace& before, const char* op,
                                          const std::vector<std::string>& inputs)
{
    onnx::NodeProto& node = m_edit.insertBefore(before);
    node.set_op_type(op);
    for (const std::string& input : inputs)
        node.add_input(input);
    node.add_output(m_edit.freshName(before.node->output(0) + "#" + op));
    return node;
}

/// What is added to the scaled sums, in a shape that spreads over them; "": nothing.
std::string DynamicProducts::biasName(const NodePlace& place, const Layer& layer,
                                      const QuantizedLayer& quantized, std::size_t rank)
{
    const onnx::NodeProto& node = *place.node;
    const bool isConv = node.op_type() == "Conv";
    if (!quantized.bias.empty()) {
        const Shape shape = spreadShape(quantized.bias.size(), isConv, rank);
        return m_edit.addConstant(layer.name + "#bias", tensorProto(shape, quantized.bias));
    }
    const std::string own = node.input_size() > 2 ? node.input(2) : std::string();
    if (own.empty())
        return own;
    if (isConv) {
        std::vector<std::int64_t> shape(rank - 1, 1);
        shape.front() = -1;
        return addNode(place, "Reshape", {own, m_edit.addConstant(layer.name + "#shape", int64Tensor(shape))})
            .output(0);
    }
    const float beta = floatAttribute(node, "beta");
    if (beta == 1.0f)
        return own;
    const std::string factor = m_edit.addConstant(layer.name + "#beta", tensorProto({}, std::span(&beta, 1)));
    return addNode(place, "Mul", {own, factor}).output(0);
}

void DynamicProducts::replaceNode(const NodePlace& place, const QuantizedLayer& quantized,
                                  const IntegerWeight& weight)
{
    const Layer& layer = m_network.layer(quantized.layer);
    Shape shape = m_network.weightOf(layer).data.shape;
    onnx::NodeProto& node = *place.node;
    const bool isConv = node.op_type() == "Conv";
    const Codes data = codesOf(*place.graph, node.input(0));
    const bool turned = intAttribute(node, "transB", 0) != 0;
    const auto codes = turned ? transposed(weight.codes, shape) : weight.codes;
    if (turned)
        std::swap(shape[0], shape[1]);
    std::vector<float> scales = weight.scales;
    for (float& scale : scales)
        scale *= node.op_type() == "Gemm" ? floatAttribute(node, "alpha") : 1.0f;
    const Shape scaleShape = scales.size() == 1 ? Shape{} : spreadShape(scales.size(), isConv, shape.size());

    const std::string constant =
        m_edit.addConstant(layer.name + "#codes", codeTensor(shape, codes, weight.isSigned));
    const std::string zero = m_edit.addConstant(
        layer.name + "#zero", codeTensor({}, std::span(&weight.zeroPoint, 1), weight.isSigned));
    const std::string scale = m_edit.addConstant(layer.name + "#scale", tensorProto(scaleShape, scales));
    onnx::NodeProto& sums =
        addNode(place, isConv ? "ConvInteger" : "MatMulInteger", {data.codes, constant, data.zero, zero});
    if (isConv)
        *sums.mutable_attribute() = node.attribute();
    onnx::NodeProto& floats = addNode(place, "Cast", {sums.output(0)});
    addAttribute(floats, "to", onnx::TensorProto::FLOAT);
    // The pattern that ONNX Runtime fuses to one operator.
    const std::string factor = addNode(place, "Mul", {data.scale, scale}).output(0);
    const std::string bias = biasName(place, layer, quantized, shape.size());
    std::vector<std::string> last{floats.output(0), factor};
    if (!bias.empty())
        last = {addNode(place, "Mul", last).output(0), bias};
    for (int i = 0; i < node.input_size(); ++i)
        m_edit.setInput(node, i, {});
    node.clear_input();
    node.clear_attribute();
    node.set_op_type(bias.empty() ? "Mul" : "Add");
    for (const std::string& input : last)
        node.add_input(input);
}

} // namespace quantoscope
