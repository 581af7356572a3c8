// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/capture.h"
#include "onnxbuilder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

/// Writes a float network as a QDQ file, every Conv and Gemm with 8-bit weights and inputs; independent of the engine's quantizers.
namespace qdqwriter {

using quantoscope::Layer;
using quantoscope::RunModel;

/// What is done wrong to one layer.
enum class Fault {
    None,
    ClippedRange,     ///< its input's range ends at a twentieth of the largest value
    WideRange,        ///< its input's range is 40 times as wide
    ZeroPoint,        ///< its input's zero point is mirrored
    PerTensorWeights, ///< one scale for the whole weight
    WeightZeroPoint,  ///< its weights' zero points are off by 20
    ClippedWeights,   ///< its weights' scales are a third of what they should be
    WeightScale,      ///< its weights' scales are 1.3 times what they should be
    OtherWeights,     ///< its weights in another order
    Pads,             ///< its padding all at the top left, so that the image is shifted
    BiasScale,        ///< its bias ten times as large
    BiasOverflow      ///< scales of channels whose weights vanish are so small that biases leave 32 bits
};

struct Range
{
    float min = 0;
    float max = 0;
};
using Ranges = std::map<std::string, Range>;

/// Extremes of every layer's input.
inline Ranges measuredRanges(const std::shared_ptr<const RunModel>& model,
                             const quantoscope::SampleSource& samples, const quantoscope::SampleOrder& order)
{
    std::vector<std::string> names;
    for (const Layer& layer : model->network->layers)
        if (!layer.input.empty() && std::find(names.begin(), names.end(), layer.input) == names.end())
            names.push_back(layer.input);
    Ranges ranges;
    quantoscope::capture(model, samples, order, names, {}, [&](const quantoscope::CapturedValue& value) {
        Range& range = ranges[names[value.index]];
        for (const float x : quantoscope::floatsOf(value.tensor).values) {
            range.min = std::min(range.min, x);
            range.max = std::max(range.max, x);
        }
    });
    return ranges;
}

struct Affine
{
    float scale = 1;
    int zeroPoint = 0;
};

inline Affine affineOf(Range range, Fault fault)
{
    if (fault == Fault::ClippedRange)
        range = {range.min / 20, range.max / 20};
    if (fault == Fault::WideRange)
        range = {range.min * 40, range.max * 40};
    Affine affine;
    affine.scale = std::max((range.max - range.min) / 255, 1e-8f);
    affine.zeroPoint = static_cast<int>(std::lround(-range.min / affine.scale));
    if (fault == Fault::ZeroPoint)
        affine.zeroPoint = affine.zeroPoint == 128 ? 0 : 255 - affine.zeroPoint;
    return affine;
}

class Writer
{
public:
    Writer(const RunModel& model, const Ranges& ranges)
        : m_from(model), m_ranges(ranges), m_proto(model.proto)
    {
    }

    /// The file's message. `layer`: the index of the one with the fault.
    onnx::ModelProto write(std::size_t layer, Fault fault)
    {
        for (auto& import : *m_proto.mutable_opset_import())
            if (import.domain().empty() && import.version() < 13)
                import.set_version(13);
        m_proto.set_producer_name("qdq test writer");
        std::vector<onnx::NodeProto> nodes(m_proto.graph().node().begin(), m_proto.graph().node().end());
        m_proto.mutable_graph()->clear_node();
        for (onnx::NodeProto& node : nodes) {
            if (node.op_type() == "Split" && node.attribute_size() > 0)
                raiseSplit(node);
            for (const Layer& candidate : m_from.network->layers)
                if (!candidate.uses.empty() && candidate.uses.front().output == node.output(0)
                    && m_ranges.count(candidate.input) > 0)
                    quantizeLayer(node, candidate, candidate.id.index == layer ? fault : Fault::None);
            *m_proto.mutable_graph()->add_node() = node;
        }
        removeUnused();
        return m_proto;
    }

private:
    void removeUnused()
    {
        std::set<std::string> used;
        for (const auto& node : m_proto.graph().node())
            used.insert(node.input().begin(), node.input().end());
        auto& tensors = *m_proto.mutable_graph()->mutable_initializer();
        tensors.erase(
            std::remove_if(tensors.begin(), tensors.end(),
                           [&](const onnx::TensorProto& tensor) { return used.count(tensor.name()) == 0; }),
            tensors.end());
    }

    /// Since operator set 13 the sizes are an input.
    void raiseSplit(onnx::NodeProto& node)
    {
        for (int i = 0; i < node.attribute_size(); ++i)
            if (node.attribute(i).name() == "split" && node.input_size() == 1) {
                const onnx::AttributeProto split = node.attribute(i);
                onnxbuilder::addInts(*m_proto.mutable_graph(), node.output(0) + "_sizes",
                                     {split.ints().begin(), split.ints().end()});
                node.add_input(node.output(0) + "_sizes");
                node.mutable_attribute()->DeleteSubrange(i, 1);
                return;
            }
    }

    void quantizeLayer(onnx::NodeProto& node, const Layer& layer, Fault fault)
    {
        if (fault == Fault::Pads)
            for (auto& attribute : *node.mutable_attribute())
                if (attribute.name() == "pads" && attribute.ints_size() == 4)
                    for (int i = 0; i < 2; ++i) {
                        attribute.set_ints(i, attribute.ints(i) + attribute.ints(i + 2));
                        attribute.set_ints(i + 2, 0);
                    }
        const Affine input = quantizeInput(node, layer, fault);
        const std::vector<float> scales = quantizeWeight(node, layer, input, fault);
        if (node.input_size() > 2)
            quantizeBias(node, layer, input, scales, fault);
    }

    /// One pair of nodes for a value, but for the layer with the fault, which has its own.
    Affine quantizeInput(onnx::NodeProto& node, const Layer& layer, Fault fault)
    {
        const bool own =
            fault == Fault::ClippedRange || fault == Fault::WideRange || fault == Fault::ZeroPoint;
        const Affine affine = affineOf(m_ranges.at(layer.input), fault);
        const std::string name = layer.input + (own ? "_own" : "");
        if (m_done.insert(name).second) {
            onnx::GraphProto& graph = *m_proto.mutable_graph();
            onnxbuilder::addFloats(graph, name + "_scale", {}, {affine.scale});
            onnxbuilder::addTensor<std::uint8_t>(graph, name + "_zero_point", onnx::TensorProto::UINT8, {},
                                                 {static_cast<std::uint8_t>(affine.zeroPoint)});
            const std::string codes = name + "_QuantizeLinear_Output";
            onnxbuilder::addNode(graph, "QuantizeLinear",
                                 {layer.input, name + "_scale", name + "_zero_point"}, {codes},
                                 name + "_QuantizeLinear");
            onnxbuilder::addNode(graph, "DequantizeLinear", {codes, name + "_scale", name + "_zero_point"},
                                 {name + "_DequantizeLinear_Output"}, name + "_DequantizeLinear");
        }
        node.set_input(0, name + "_DequantizeLinear_Output");
        return affine;
    }

    std::vector<float> quantizeWeight(onnx::NodeProto& node, const Layer& layer, Affine input, Fault fault)
    {
        const auto& tensor = m_from.network->weightOf(layer).data;
        const auto floats = quantoscope::floatsOf(tensor);
        std::vector<float> values(floats.values.begin(), floats.values.end());
        const auto axis = static_cast<std::size_t>(layer.channelAxis);
        const auto channels = static_cast<std::size_t>(tensor.shape[axis]);
        std::size_t inner = 1;
        for (std::size_t i = axis + 1; i < tensor.shape.size(); ++i)
            inner *= static_cast<std::size_t>(tensor.shape[i]);
        if (fault == Fault::OtherWeights)
            std::reverse(values.begin(), values.end());
        std::vector<float> largest(channels, 1e-8f);
        for (std::size_t i = 0; i < values.size(); ++i)
            largest[i / inner % channels] = std::max(largest[i / inner % channels], std::abs(values[i]));
        std::vector<float> scales;
        for (const float most : largest)
            scales.push_back(most / (fault == Fault::ClippedWeights ? 3 * 127 : 127));
        if (layer.bias && fault != Fault::BiasOverflow) {
            const auto bias = quantoscope::floatsOf(*layer.bias);
            for (std::size_t c = 0; c < bias.values.size() && c < scales.size(); ++c)
                scales[c] = std::max(scales[c], std::abs(bias.values[c]) / input.scale / 1e9f);
        }
        if (fault == Fault::PerTensorWeights)
            scales = {*std::max_element(scales.begin(), scales.end())};
        std::vector<std::int8_t> codes;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const float scale = scales[scales.size() == 1 ? 0 : i / inner % channels];
            codes.push_back(
                static_cast<std::int8_t>(std::clamp(std::nearbyint(values[i] / scale), -127.0f, 127.0f)));
        }
        addWeight(node, layer, codes, scales, fault);
        return scales;
    }

    void addWeight(onnx::NodeProto& node, const Layer& layer, const std::vector<std::int8_t>& codes,
                   std::vector<float> scales, Fault fault)
    {
        if (fault == Fault::WeightScale)
            for (float& scale : scales)
                scale *= 1.3f;
        const std::string name = "weight" + std::to_string(layer.id.index) + "_quantized";
        onnx::GraphProto& graph = *m_proto.mutable_graph();
        const auto& shape = m_from.network->weightOf(layer).data.shape;
        onnxbuilder::addTensor(graph, name, onnx::TensorProto::INT8, shape, codes);
        const onnxbuilder::Dims dims = scales.size() == 1
                                           ? onnxbuilder::Dims{}
                                           : onnxbuilder::Dims{static_cast<std::int64_t>(scales.size())};
        onnxbuilder::addFloats(graph, name + "_scale", dims, scales);
        onnxbuilder::addTensor(
            graph, name + "_zero", onnx::TensorProto::INT8, dims,
            std::vector<std::int8_t>(scales.size(), fault == Fault::WeightZeroPoint ? 20 : 0));
        auto& dequantize =
            onnxbuilder::addNode(graph, "DequantizeLinear", {name, name + "_scale", name + "_zero"},
                                 {name + "_DequantizeLinear_Output"}, name + "_DequantizeLinear");
        if (scales.size() > 1)
            onnxbuilder::setInt(dequantize, "axis", layer.channelAxis);
        node.set_input(layer.uses.front().slot, name + "_DequantizeLinear_Output");
    }

    void quantizeBias(onnx::NodeProto& node, const Layer& layer, Affine input,
                      const std::vector<float>& weightScales, Fault fault)
    {
        if (!layer.bias)
            return;
        const auto bias = quantoscope::floatsOf(*layer.bias);
        std::vector<float> scales;
        std::vector<std::int32_t> codes;
        for (std::size_t i = 0; i < bias.values.size(); ++i) {
            scales.push_back(input.scale * weightScales[weightScales.size() == 1 ? 0 : i]);
            codes.push_back(static_cast<std::int32_t>(std::clamp(
                std::nearbyint(static_cast<double>(bias.values[i]) / static_cast<double>(scales.back())),
                -2147483648.0, 2147483647.0)));
            if (fault == Fault::BiasScale)
                scales.back() *= 10;
        }
        const std::string name = "bias" + std::to_string(layer.id.index) + "_quantized";
        onnx::GraphProto& graph = *m_proto.mutable_graph();
        const auto count = static_cast<std::int64_t>(codes.size());
        onnxbuilder::addTensor(graph, name, onnx::TensorProto::INT32, {count}, codes);
        onnxbuilder::addFloats(graph, name + "_scale", {count}, scales);
        auto& dequantize =
            onnxbuilder::addNode(graph, "DequantizeLinear", {name, name + "_scale"},
                                 {name + "_DequantizeLinear_Output"}, name + "_DequantizeLinear");
        onnxbuilder::setInt(dequantize, "axis", 0);
        node.set_input(2, name + "_DequantizeLinear_Output");
    }

    const RunModel& m_from;
    const Ranges& m_ranges;
    onnx::ModelProto m_proto;
    std::set<std::string> m_done;
};

} // namespace qdqwriter
