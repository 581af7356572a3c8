// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/fake/layeredit.h"

#include "core/formats/onnx/attributes.h"
#include "core/quant/formats.h"
#include "core/quant/quantize.h"
#include "core/tensor/channelmajor.h"

#include <algorithm>
#include <array>

namespace quantoscope {

namespace {

/// Operators whose weights are floats where they are multiplied, whatever they are stored as.
constexpr std::array floatOperators = {"Conv",      "ConvTranspose", "FusedConv",   "Gemm",
                                       "FusedGemm", "MatMul",        "FusedMatMul", "Gather",
                                       "LSTM",      "GRU",           "RNN"};

bool isConvolution(LayerKind kind)
{
    return kind == LayerKind::Conv || kind == LayerKind::DepthwiseConv || kind == LayerKind::ConvTranspose;
}

bool isProduct(const onnx::NodeProto& node)
{
    return node.op_type().ends_with("Gemm") || node.op_type().ends_with("MatMul");
}

ChannelMajor arranged(const Network& network, const QuantizedLayer& quantized)
{
    const Layer& layer = network.layer(quantized.layer);
    const Weight& weight = network.weightOf(layer);
    const Shape& shape = weight.data.shape;
    return channelMajor(valuesOf(weight), shape, frontAxis(quantized.scheme, shape, layer.channelAxis));
}

/// Parameters that are the same for every value: then it does not matter which axis is what.
bool sameEverywhere(const QuantizedLayer& quantized)
{
    const ActivationScheme& act = *quantized.scheme.act;
    const Family family = infoOf(act.format).family;
    return family == Family::Cast || act.range.kind == RangeRule::Kind::Manual
           || (act.format == Format::Binary && quantized.signScale);
}

} // namespace

bool isRecurrent(LayerKind kind)
{
    return kind == LayerKind::Lstm || kind == LayerKind::Gru || kind == LayerKind::Rnn;
}

std::vector<float> quantizedWeight(const Network& network, const QuantizedLayer& quantized)
{
    const ChannelMajor values = arranged(network, quantized);
    const std::vector<float> levels = quantize(values, *quantized.params).values;
    std::vector<float> inMemory(levels.size());
    for (std::size_t i = 0; i < levels.size(); ++i)
        inMemory[values.memoryIndex(i)] = levels[i];
    return inMemory;
}

std::vector<std::uint8_t> halfElements(const Network& network, const QuantizedLayer& quantized)
{
    const auto& coded = quantized.params->coded;
    const auto isHalf = [](std::uint8_t mark) { return mark != 0; };
    if (!coded || std::none_of(coded->halfColumns.begin(), coded->halfColumns.end(), isHalf))
        return {};
    const ChannelMajor values = arranged(network, quantized);
    std::vector<std::uint8_t> elements(values.values.size());
    for (std::size_t i = 0; i < elements.size(); ++i)
        elements[values.memoryIndex(i)] = coded->halfColumns[i % values.perChannel];
    return elements;
}

int dataSlot(const onnx::NodeProto& node, int slot)
{
    if (node.op_type() == "Gather")
        return -1;
    if (isProduct(node))
        return 1 - slot;
    return slot == 1 ? 0 : -1;
}

bool rowsAreLast(const onnx::NodeProto& node, int slot)
{
    return !isProduct(node) || (slot == 1 && intAttribute(node, "transA", 0) == 0);
}

std::string whyNotExchanged(const Network& network, const Layer& layer, const onnx::NodeProto& node)
{
    if (std::find(floatOperators.begin(), floatOperators.end(), node.op_type()) == floatOperators.end())
        return "Its operator " + node.op_type() + " multiplies codes: it takes no float weights.";
    const Weight& weight = network.weightOf(layer);
    if (!weight.stored && weight.data.dtype != DType::F32)
        return "Its weight is " + std::string(nameOf(weight.data.dtype))
               + " and so is what it is multiplied with: only float32 is quantized.";
    return {};
}

std::string whyNotActivations(const Layer& layer, const QuantizedLayer& quantized,
                              const onnx::NodeProto& node, int slot)
{
    if (!quantized.scheme.act || dataSlot(node, slot) < 0)
        return {};
    const auto& coded = quantized.params->coded;
    if (coded && !coded->halfColumns.empty()
        && (isRecurrent(layer.kind) || node.op_type().starts_with("Fused")))
        return "Columns in 16-bit floats are a second product, which operator " + node.op_type()
               + " leaves no room for.";
    if (rowsAreLast(node, slot) || sameEverywhere(quantized))
        return {};
    return "The columns of its data are multiplied, not the rows: ranges of each inference, row or block do "
           "not fit; "
           "use static ranges of the whole tensor.";
}

ActivationRule activationRule(const QuantizedNetwork& network, const QuantizedLayer& quantized)
{
    const Layer& layer = network.model->network->layer(quantized.layer);
    ActivationRule rule;
    rule.act = *quantized.scheme.act;
    rule.signScale = quantized.signScale;
    // The first axis of sequences is time.
    rule.dynamicRange = isRecurrent(layer.kind) ? DynamicRange::Tensor : network.dynamicRange;
    rule.rowsAreSamples = isConvolution(layer.kind);
    return rule;
}

} // namespace quantoscope
