// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/qdq/qdqsession.h"

#include "core/runtime/qdq/dynamicproducts.h"
#include "core/runtime/qdq/operatorset.h"
#include "core/runtime/qdq/standardlayer.h"
#include "core/runtime/qdq/valuegrids.h"
#include "core/support/progress.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// DequantizeLinear by axis came with operator set 13; ONNX Runtime has both under its own name for older files.
std::string quantizeDomain(onnx::ModelProto& model)
{
    constexpr std::int64_t byAxis = 13;
    return standardSet(model).version() >= byAxis ? "" : "com.microsoft";
}

class StaticEdit
{
public:
    StaticEdit(const QuantizedNetwork& network, onnx::ModelProto& model, ModelEdit& edit,
               const std::set<std::uint32_t>& layers)
        : m_network(*network.model->network), m_graph(*model.mutable_graph()), m_edit(edit),
          m_domain(quantizeDomain(model)), m_grids(valueGrids(network, model, layers))
    {
    }

    void quantizeLayer(const QuantizedLayer& quantized, const IntegerWeight& weight)
    {
        const Layer& layer = m_network.layer(quantized.layer);
        const Shape& shape = m_network.weightOf(layer).data.shape;
        const std::string name =
            dequantized(layer.name + "#weight", codeTensor(shape, weight.codes, weight.isSigned), weight);
        for (const WeightUseNode& use : layer.uses) {
            const NodePlace place = m_edit.nodeOf(use.output);
            m_edit.setInput(*place.node, use.slot, name);
            setBias(quantized, layer, place, m_grids.at(use.input), weight);
        }
    }

    void quantizeValues()
    {
        for (const auto& [value, grid] : m_grids)
            quantizeValue(value, grid);
        if (!m_domain.empty())
            m_edit.importDomain(m_domain, 1);
    }

private:
    std::string dequantized(const std::string& base, onnx::TensorProto codes, const IntegerWeight& weight)
    {
        const Shape sets = weight.axis < 0 ? Shape{} : Shape{static_cast<std::int64_t>(weight.scales.size())};
        const std::vector<std::int32_t> zeros(weight.scales.size(), weight.zeroPoint);
        const bool isBias = codes.data_type() == onnx::TensorProto::INT32; // whose zero point is 0
        const std::string source = m_edit.addConstant(base + "#codes", std::move(codes));
        onnx::NodeProto& node = m_edit.insertBehindValue(m_graph, source);
        node.set_op_type("DequantizeLinear");
        node.set_domain(m_domain);
        node.add_input(source);
        node.add_input(m_edit.addConstant(base + "#scale", tensorProto(sets, weight.scales)));
        if (!isBias)
            node.add_input(m_edit.addConstant(base + "#zero", codeTensor(sets, zeros, weight.isSigned)));
        if (weight.axis >= 0)
            addAttribute(node, "axis", weight.axis);
        node.add_output(m_edit.freshName(base + "#dequantized"));
        return node.output(0);
    }

    void setBias(const QuantizedLayer& quantized, const Layer& layer, const NodePlace& place,
                 const CodeGrid& grid, const IntegerWeight& weight)
    {
        const std::vector<float> bias = biasFor(layer, quantized, *place.node);
        if (bias.empty())
            return;
        const Shape shape{static_cast<std::int64_t>(bias.size())};
        if (place.node->op_type() == "MatMul")
            return m_edit.addBehind(place, "#product",
                                    m_edit.addConstant(layer.name + "#bias", tensorProto(shape, bias)));
        IntegerWeight form;
        for (const float scale : weight.scales)
            form.scales.push_back(grid.scale * scale);
        form.axis = weight.axis < 0 ? -1 : 0;
        const auto codes = integerBias(bias, grid.scale, weight.scales);
        m_edit.setInput(*place.node, 2, dequantized(layer.name + "#bias", int32Tensor(shape, codes), form));
    }

    void quantizeValue(const std::string& value, const CodeGrid& grid)
    {
        const auto& outputs = m_graph.output();
        const bool isOutput = std::any_of(outputs.begin(), outputs.end(),
                                          [&](const auto& output) { return output.name() == value; });
        const std::string fresh = m_edit.freshName(value + (isOutput ? "#float" : "#dequantized"));
        if (isOutput)
            rename(value, fresh);
        else
            redirect(value, fresh);
        const std::string& source = isOutput ? fresh : value;
        const std::string& levels = isOutput ? value : fresh;
        const std::string codes = m_edit.freshName(value + "#codes");
        const std::string scale =
            m_edit.addConstant(value + "#scale", tensorProto({}, std::span(&grid.scale, 1)));
        const std::string zero =
            m_edit.addConstant(value + "#zero", codeTensor({}, std::span(&grid.zeroPoint, 1), grid.isSigned));
        add("QuantizeLinear", source, scale, zero, codes);
        add("DequantizeLinear", codes, scale, zero, levels);
    }

    void add(const char* op, const std::string& input, const std::string& scale, const std::string& zero,
             const std::string& output)
    {
        onnx::NodeProto& node = m_edit.insertBehindValue(m_graph, input);
        node.set_op_type(op);
        node.set_domain(m_domain);
        for (const std::string& each : {input, scale, zero})
            node.add_input(each);
        node.add_output(output);
    }

    void redirect(const std::string& value, const std::string& to)
    {
        for (auto& node : *m_graph.mutable_node())
            for (auto& input : *node.mutable_input())
                if (input == value)
                    input = to;
    }

    void rename(const std::string& value, const std::string& to)
    {
        for (auto& node : *m_graph.mutable_node())
            for (auto& output : *node.mutable_output())
                if (output == value)
                    output = to;
    }

    const Network& m_network;
    onnx::GraphProto& m_graph;
    ModelEdit& m_edit;
    std::string m_domain;
    std::map<std::string, CodeGrid> m_grids;
};

} // namespace

EditedModel qdqQuantized(const QuantizedNetwork& network, std::stop_token stop)
{
    onnx::ModelProto model = network.model->proto;
    ModelEdit edit(model);
    EditedModel result;
    const std::string tooOld = raiseOperatorSet(model, edit);
    std::set<std::uint32_t> integers;
    for (const QuantizedLayer& quantized : network.layers) {
        throwIfStopped(stop);
        const std::string reason =
            tooOld.empty() ? whyNotStandard(*network.model->network, quantized, edit) : tooOld;
        result.replacements.push_back({quantized.layer, reason.empty(), {}, reason});
        if (reason.empty() && !isDynamic(quantized))
            integers.insert(quantized.layer.index);
    }
    StaticEdit staticEdit(network, model, edit, integers);
    DynamicProducts dynamic(*network.model->network, edit);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        throwIfStopped(stop);
        const QuantizedLayer& quantized = network.layers[i];
        if (!result.replacements[i].replaced)
            continue;
        const IntegerWeight weight = integerWeight(*network.model->network, quantized);
        if (isDynamic(quantized))
            dynamic.replace(quantized, weight);
        else
            staticEdit.quantizeLayer(quantized, weight);
    }
    staticEdit.quantizeValues();
    edit.removeUnused();
    result.model = runModelOf(std::move(model), *network.model, stop);
    return result;
}

} // namespace quantoscope
