// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/integersession.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/tensordecoder.h"
#include "core/runtime/fake/modeledit.h"
#include "core/runtime/integer/codelinks.h"
#include "core/runtime/integer/integeroperators.h"
#include "core/runtime/integer/layernode.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// The constants of the main graph by name.
class Constants
{
public:
    explicit Constants(const std::shared_ptr<const RunModel>& model)
        : m_decoder({model, &model->proto}, model->folder)
    {
        for (const auto& tensor : model->proto.graph().initializer())
            m_tensors.emplace(tensor.name(), &tensor);
    }

    std::optional<Tensor> find(const std::string& name)
    {
        const auto found = m_tensors.find(name);
        return found == m_tensors.end() ? std::nullopt : std::optional(m_decoder.decode(*found->second));
    }

private:
    TensorDecoder m_decoder;
    std::map<std::string, const onnx::TensorProto*> m_tensors;
};

/// A node that has its operator, and where that goes.
struct ReadyNode
{
    onnx::NodeProto* node;
    onnx::NodeProto* last; ///< the node itself, or the one fused behind it
    std::string input;
    std::unique_ptr<LayerOperator> layer;
};

class Replacer
{
public:
    Replacer(const QuantizedNetwork& network, Isa isa, LayerLinks links, std::stop_token stop)
        : m_network(network), m_isa(isa), m_links(links), m_stop(std::move(stop)), m_constants(network.model),
          m_scalars(scalarConstants(network.model)), m_proto(network.model->proto), m_edit(m_proto),
          m_readers(m_proto)
    {
    }

    EditedModel run()
    {
        EditedModel result;
        for (const QuantizedLayer& quantized : m_network.layers) {
            throwIfStopped(m_stop);
            result.replacements.push_back(replace(quantized));
        }
        m_edit.removeUnused();
        std::vector<std::unique_ptr<CodeOperator>> between;
        if (m_links == LayerLinks::Codes)
            between = linkByCodes(
                m_proto, m_edit, m_nodes,
                {m_scalars, [this](const std::string& name) { return m_constants.find(name); }}, m_isa);
        for (const PutNode& put : m_nodes)
            put.node->set_op_type(integerOp(put.layer->readsCodes(), put.layer->writesCodes()));
        result.model = m_network.model;
        if (m_operators.empty())
            return result;
        m_edit.importDomain(integerDomain, 1);
        result.operators = integerOperators(std::move(m_operators), std::move(between));
        result.model = runModelOf(std::move(m_proto), *m_network.model, m_stop);
        return result;
    }

private:
    const Network& network() const { return *m_network.model->network; }

    Replacement replace(const QuantizedLayer& quantized)
    {
        Replacement result{quantized.layer, false, {}, quantized.reason};
        if (!quantized.params)
            return result;
        try {
            std::vector<ReadyNode> nodes = nodesOf(quantized);
            result.kernel = nodes.front().layer->kernel().name();
            for (ReadyNode& node : nodes)
                put(node);
            result.replaced = true;
        } catch (const Error& error) {
            result.reason = error.what();
        }
        return result;
    }

    std::vector<ReadyNode> nodesOf(const QuantizedLayer& quantized)
    {
        const Layer& layer = network().layer(quantized.layer);
        if (layer.uses.empty())
            throw Error(ErrorCode::Unsupported, "No node multiplies with it.");
        std::vector<ReadyNode> nodes;
        for (const WeightUseNode& use : layer.uses)
            nodes.push_back(nodeOf(quantized, layer, use));
        return nodes;
    }

    ReadyNode nodeOf(const QuantizedLayer& quantized, const Layer& layer, const WeightUseNode& use)
    {
        if (use.inBody)
            throw Error(ErrorCode::Unsupported, "It lies in the body of an If, Loop or Scan.");
        onnx::NodeProto* const node = m_edit.nodeOf(use.output).node;
        if (node == nullptr || node->input_size() < 2)
            throw Error(ErrorCode::Unsupported, "Its node is not in the graph.");
        requireSameUse(layer, *node, use);
        const FusedClamp clamp = clampBehind(m_readers, use.output, m_scalars);
        LayerNodeWork work{
            *node,     use.slot,  network(), quantized, m_network.dynamicRange, biasOf(layer, *node),
            clamp.low, clamp.high};
        return {node, clamp.node != nullptr ? clamp.node : node, node->input(use.slot == 0 ? 1 : 0),
                operatorFor(work, m_isa, m_stop)};
    }

    /// A weight that is read in two ways (transposed, say) is arranged for the first of them alone.
    void requireSameUse(const Layer& layer, const onnx::NodeProto& node, const WeightUseNode& use) const
    {
        const onnx::NodeProto* const first = m_edit.nodeOf(layer.uses.front().output).node;
        const auto flag = [](const onnx::NodeProto& of, const char* name) {
            return intAttribute(of, name, 0) != 0;
        };
        const bool same =
            first == &node
            || (first != nullptr && first->op_type() == node.op_type() && layer.uses.front().slot == use.slot
                && first->input(use.slot) == node.input(use.slot)
                && flag(*first, "transA") == flag(node, "transA")
                && flag(*first, "transB") == flag(node, "transB"));
        if (!same)
            throw Error(ErrorCode::Unsupported, "Its weight is used in more than one way.");
    }

    std::optional<Tensor> biasOf(const Layer& layer, const onnx::NodeProto& node)
    {
        if (node.input_size() < 3 || node.input(2).empty())
            return std::nullopt;
        std::optional<Tensor> found = m_constants.find(node.input(2));
        return found || layer.uses.size() > 1 ? found : layer.bias;
    }

    void put(ReadyNode& ready)
    {
        onnx::NodeProto& node = *ready.last;
        for (int i = 0; i < node.input_size(); ++i)
            m_edit.setInput(node, i, {});
        node.clear_input();
        node.add_input(ready.input);
        node.clear_attribute();
        node.set_domain(integerDomain);
        addAttribute(node, integerIndex, static_cast<std::int64_t>(m_operators.size()));
        m_nodes.push_back({&node, ready.layer.get()});
        m_operators.push_back(std::move(ready.layer));
    }

    const QuantizedNetwork& m_network;
    Isa m_isa;
    LayerLinks m_links;
    std::stop_token m_stop;
    Constants m_constants;
    ScalarConstants m_scalars;
    onnx::ModelProto m_proto;
    ModelEdit m_edit;
    Readers m_readers;
    std::vector<std::unique_ptr<LayerOperator>> m_operators;
    std::vector<PutNode> m_nodes;
};

} // namespace

EditedModel integerQuantized(const QuantizedNetwork& network, Isa isa, std::stop_token stop, LayerLinks links)
{
    return Replacer(network, isa, links, std::move(stop)).run();
}

} // namespace quantoscope
