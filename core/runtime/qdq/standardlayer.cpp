// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/qdq/standardlayer.h"

#include "core/formats/onnx/attributes.h"
#include "core/runtime/fake/layeredit.h"

namespace quantoscope {

namespace {

std::string whyNotNode(const Network& network, const Layer& layer, const WeightUseNode& use,
                       const onnx::NodeProto* node)
{
    if (node == nullptr || node->input_size() <= use.slot)
        return "The operator that makes '" + use.output + "' was not found.";
    const std::string& op = node->op_type();
    if (!node->domain().empty() || (op != "Conv" && op != "Gemm" && op != "MatMul"))
        return "There is no standard operator for " + op + " on 8-bit integers.";
    if (use.inBody || use.input.empty())
        return "It lies in the body of an If, Loop or Scan, whose values have no range.";
    if (use.slot != 1 || !rowsAreLast(*node, use.slot))
        return "Its weight is the left factor of the product, or its data are transposed.";
    return whyNotExchanged(network, layer, *node);
}

} // namespace

bool isDynamic(const QuantizedLayer& quantized)
{
    return quantized.scheme.act && quantized.scheme.act->range.kind == RangeRule::Kind::Dynamic;
}

std::string whyNotStandard(const Network& network, const QuantizedLayer& quantized, const ModelEdit& edit)
{
    if (!quantized.params)
        return quantized.reason;
    if (!quantized.scheme.act)
        return "Its activations stay float: there is no integer product.";
    const Layer& layer = network.layer(quantized.layer);
    if (layer.uses.empty())
        return "No operator multiplies with it.";
    for (const WeightUseNode& use : layer.uses)
        if (std::string reason = whyNotNode(network, layer, use, edit.nodeOf(use.output).node);
            !reason.empty())
            return reason;
    const ActivationScheme& act = *quantized.scheme.act;
    if (std::string reason = whyNotStandard(act); !reason.empty())
        return reason;
    if (isDynamic(quantized) && (act.grid != Grid::ZeroPoint || codeRange(schemeOf(act)).max != 255))
        return "DynamicQuantizeLinear makes uint8 codes with a zero point.";
    if (!isDynamic(quantized) && act.range.kind != RangeRule::Kind::Manual)
        return "Its activations have no static range.";
    return integerWeight(network, quantized).reason;
}

std::vector<float> biasFor(const Layer& layer, const QuantizedLayer& quantized, const onnx::NodeProto& node)
{
    if (!quantized.bias.empty())
        return quantized.bias;
    const bool own = node.input_size() > 2 && !node.input(2).empty();
    // A second user of the weight may have another bias than the one that was read.
    if (!own || !layer.bias || layer.uses.size() > 1 || node.op_type() == "MatMul")
        return {};
    for (const auto& attribute : node.attribute())
        if ((attribute.name() == "beta" || attribute.name() == "alpha") && attribute.f() != 1.0f)
            return {};
    const FloatArray values = floatsOf(*layer.bias);
    const Shape& shape = layer.bias->shape;
    const bool onePerOutput =
        !shape.empty() && static_cast<std::size_t>(shape.back()) == values.values.size();
    return onePerOutput && values.values.size() > 1
               ? std::vector<float>(values.values.begin(), values.values.end())
               : std::vector<float>{};
}

} // namespace quantoscope
