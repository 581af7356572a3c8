// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/fake/fakesession.h"

#include "core/runtime/fake/activationop.h"
#include "core/runtime/fake/layeredit.h"
#include "core/runtime/fake/modeledit.h"
#include "core/support/progress.h"

#include <algorithm>
#include <tuple>

namespace quantoscope {

namespace {

class FakeEdit
{
public:
    FakeEdit(const QuantizedNetwork& network, onnx::ModelProto& model)
        : m_quantized(network), m_network(*network.model->network), m_edit(model)
    {
    }

    Replacement replace(const QuantizedLayer& quantized)
    {
        const Layer& layer = m_network.layer(quantized.layer);
        Replacement result{
            quantized.layer, false, {}, quantized.params ? whyNot(quantized, layer) : quantized.reason};
        if (!quantized.params || !result.reason.empty())
            return result;
        result.replaced = true;
        exchange(quantized, layer);
        const bool hidden = std::any_of(layer.uses.begin(), layer.uses.end(), [&](const WeightUseNode& use) {
            return dataSlot(*m_edit.nodeOf(use.output).node, use.slot) < 0;
        });
        if (quantized.scheme.act && hidden && layer.kind != LayerKind::Embedding)
            result.reason = "Its weight is quantized; the state that it is multiplied with lies inside the "
                            "operator and stays "
                            "float.";
        return result;
    }

    std::shared_ptr<CustomOperators> finish()
    {
        m_edit.removeUnused();
        if (m_rules.empty())
            return nullptr;
        m_edit.importDomain(activationDomain, 1);
        return activationOperators(std::move(m_rules));
    }

private:
    std::string whyNot(const QuantizedLayer& quantized, const Layer& layer) const
    {
        if (layer.uses.empty())
            return "No operator multiplies with it.";
        for (const WeightUseNode& use : layer.uses) {
            const NodePlace place = m_edit.nodeOf(use.output);
            if (place.node == nullptr || place.node->input_size() <= use.slot)
                return "The operator that makes '" + use.output + "' was not found.";
            std::string reason = whyNotExchanged(m_network, layer, *place.node);
            if (reason.empty())
                reason = whyNotActivations(layer, quantized, *place.node, use.slot);
            if (!reason.empty())
                return reason;
        }
        return {};
    }

    void exchange(const QuantizedLayer& quantized, const Layer& layer)
    {
        const Shape& shape = m_network.weightOf(layer).data.shape;
        std::vector<float> values = quantizedWeight(m_network, quantized);
        const std::vector<std::uint8_t> half =
            quantized.scheme.act ? halfElements(m_network, quantized) : std::vector<std::uint8_t>{};
        // A column of a matrix is a feature of the data; one tap of a convolution is none.
        const bool features =
            shape.size() == 2 && std::all_of(layer.uses.begin(), layer.uses.end(), [&](const auto& use) {
                return rowsAreLast(*m_edit.nodeOf(use.output).node, use.slot);
            });
        std::string halfName;
        if (!half.empty() && !features) {
            std::vector<float> kept(values.size());
            for (std::size_t i = 0; i < values.size(); ++i)
                if (half[i] != 0)
                    std::swap(kept[i], values[i]);
            halfName = m_edit.addConstant(layer.name + "#half", tensorProto(shape, kept));
        }
        const std::string name = m_edit.addConstant(layer.name + "#quantized", tensorProto(shape, values));
        for (const WeightUseNode& use : layer.uses) {
            const NodePlace place = m_edit.nodeOf(use.output);
            m_edit.setInput(*place.node, use.slot, name);
            setBias(quantized, layer, place, use.slot);
            if (!quantized.scheme.act || dataSlot(*place.node, use.slot) < 0)
                continue;
            ActivationRule rule = activationRule(m_quantized, quantized);
            if (!half.empty() && features)
                rule.halfFeatures = quantized.params->coded->halfColumns;
            if (!halfName.empty())
                addHalfProduct(place, use.slot, halfName);
            quantizeData(place, dataSlot(*place.node, use.slot), std::move(rule));
        }
    }

    void setBias(const QuantizedLayer& quantized, const Layer& layer, const NodePlace& place, int slot)
    {
        const std::string& op = place.node->op_type();
        if (quantized.bias.empty() || layer.kind == LayerKind::Embedding || isRecurrent(layer.kind))
            return;
        const auto size = static_cast<std::int64_t>(quantized.bias.size());
        // Outputs of a left factor are rows of the result.
        const Shape shape = slot == 0 ? Shape{size, 1} : Shape{size};
        const std::string name = m_edit.addConstant(layer.name + "#bias", tensorProto(shape, quantized.bias));
        if (!op.ends_with("MatMul"))
            return m_edit.setInput(*place.node, 2, name);
        m_edit.addBehind(place, "#product", name);
    }

    /// A product of the columns in binary16 beside that of the others, as LLM.int8() has it.
    void addHalfProduct(const NodePlace& place, int slot, const std::string& halfWeight)
    {
        const std::string output = m_edit.freshName(place.node->output(0) + "#half");
        onnx::NodeProto& second = m_edit.insertBefore(place);
        second = *place.node;
        while (second.input_size() > 2)
            second.mutable_input()->RemoveLast();
        second.set_name({});
        second.set_output(0, output);
        second.set_input(slot, halfWeight);
        ActivationRule rule;
        rule.act.format = Format::Fp16;
        rule.act.bits = 16;
        quantizeData({place.graph, &second}, dataSlot(second, slot), rule);
        m_edit.addBehind({place.graph, place.node}, "#quantized", output);
    }

    void quantizeData(const NodePlace& place, int slot, ActivationRule rule)
    {
        const std::string value = place.node->input(slot);
        const auto [entry, isNew] = m_made.try_emplace({place.graph, value, numberOf(std::move(rule))});
        if (isNew) {
            entry->second = m_edit.freshName(value + "#quantized");
            onnx::NodeProto& node = m_edit.insertBehindValue(*place.graph, value);
            node.set_domain(activationDomain);
            node.set_op_type(activationOp);
            node.add_input(value);
            node.add_output(entry->second);
            addAttribute(node, activationRuleAttribute, std::get<2>(entry->first));
        }
        m_edit.setInput(*place.node, slot, entry->second);
    }

    std::int64_t numberOf(ActivationRule rule)
    {
        const auto found = std::find(m_rules.begin(), m_rules.end(), rule);
        const auto number = found - m_rules.begin();
        if (found == m_rules.end())
            m_rules.push_back(std::move(rule));
        return number;
    }

    const QuantizedNetwork& m_quantized;
    const Network& m_network;
    ModelEdit m_edit;
    std::vector<ActivationRule> m_rules;
    /// Values that have a quantized twin already: layers that share data and rule share it.
    std::map<std::tuple<onnx::GraphProto*, std::string, std::int64_t>, std::string> m_made;
};

} // namespace

EditedModel fakeQuantized(const QuantizedNetwork& network, std::stop_token stop)
{
    onnx::ModelProto model = network.model->proto;
    FakeEdit edit(network, model);
    EditedModel result;
    for (const QuantizedLayer& layer : network.layers) {
        throwIfStopped(stop);
        result.replacements.push_back(edit.replace(layer));
    }
    result.operators = edit.finish();
    result.model = runModelOf(std::move(model), *network.model, stop);
    return result;
}

} // namespace quantoscope
