// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/layerplan.h"

#include "core/analysis/ptq/activationranges.h"
#include "core/formats/onnx/attributes.h"
#include "core/quant/algorithms/algorithms.h"
#include "core/runtime/fake/layeredit.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <regex>
#include <unordered_map>

namespace quantoscope {

namespace {

using NodeMap = std::unordered_map<std::string, const onnx::NodeProto*>;

NodeMap nodesByOutput(const onnx::GraphProto& graph)
{
    NodeMap nodes;
    for (const onnx::NodeProto& node : graph.node())
        if (node.output_size() > 0)
            nodes.emplace(node.output(0), &node);
    return nodes;
}

std::optional<std::regex> expression(const std::string& text)
{
    if (text.empty())
        return std::nullopt;
    try {
        return std::regex(text, std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
        throw Error(ErrorCode::InvalidArgument,
                    "The expression '" + text + "' for layers to leave out cannot be read: " + error.what()
                        + ".",
                    text);
    }
}

float floatAttribute(const onnx::NodeProto& node, const char* name, float fallback)
{
    const auto* attribute = findAttribute(node, name);
    return attribute && attribute->has_f() ? attribute->f() : fallback;
}

/// Makes the plan of one layer.
class Planner
{
public:
    Planner(const RunModel& model, const PtqSettings& settings, const NodeMap& nodes, const Layer& layer,
            std::vector<std::string>& notes)
        : m_network(*model.network), m_settings(settings), m_nodes(nodes), m_layer(layer), m_notes(notes)
    {
    }

    LayerPlan plan(const std::optional<std::regex>& excluded)
    {
        m_plan.layer = m_layer.id;
        const auto own = m_settings.schemes.overrides.find(m_layer.name);
        m_plan.scheme = own != m_settings.schemes.overrides.end() ? own->second : m_settings.schemes.scheme;
        m_plan.reason = whyFloat(excluded);
        if (!m_plan.reason.empty())
            return m_plan;
        findInputs();
        planActivations();
        if (m_plan.reason.empty()) {
            planWeights();
            planBias();
        }
        return m_plan;
    }

private:
    void note(const std::string& sentence) { m_notes.push_back("'" + m_layer.name + "': " + sentence); }

    const onnx::NodeProto* nodeOf(const WeightUseNode& use) const
    {
        const auto found = m_nodes.find(use.output);
        return found != m_nodes.end() ? found->second : nullptr;
    }

    std::string whyFloat(const std::optional<std::regex>& excluded) const
    {
        if (excluded && std::regex_search(m_layer.name, *excluded))
            return "excluded";
        if (const auto& stored = m_network.weightOf(m_layer).stored)
            return "its weight is already quantized: " + stored->description();
        if (m_layer.uses.empty())
            return "no node multiplies with its weight";
        return {};
    }

    void findInputs()
    {
        const Shape& weight = m_network.weightOf(m_layer).data.shape;
        for (const WeightUseNode& use : m_layer.uses) {
            const onnx::NodeProto* node = nodeOf(use);
            if (use.inBody || use.input.empty() || !node) {
                m_plan.inputsReason = whyNotObservable(m_layer);
                if (m_plan.inputsReason.empty())
                    m_plan.inputsReason = "one of the nodes that use its weight cannot be observed";
            } else {
                const ProductInputOrReason found = productInputOf(*node, m_layer, weight, use);
                m_plan.inputs.push_back(found.input);
                m_observable.push_back(found.input);
                if (!found.reason.empty())
                    m_plan.inputsReason = found.reason;
            }
        }
        if (!m_plan.inputsReason.empty())
            m_plan.inputs.clear();
    }

    void planActivations()
    {
        auto& act = m_plan.scheme.act;
        if (m_settings.mode == QuantizationMode::WeightOnly || !act) {
            act.reset();
            return;
        }
        if (m_layer.kind == LayerKind::Embedding || isRecurrent(m_layer.kind)) {
            act.reset();
            return note("its weights alone are quantized: " + m_plan.inputsReason + ".");
        }
        if (m_settings.mode == QuantizationMode::Dynamic) {
            act->range = {RangeRule::Kind::Dynamic, 0, 0};
            return;
        }
        if (const std::string why = ActivationRanges::whyNot(*act); !why.empty())
            throw Error(ErrorCode::SchemeMismatch,
                        "Layer '" + m_layer.name + "' cannot have static activation ranges: " + why + ".",
                        m_layer.name);
        if (!ActivationRanges::isNeeded(*act))
            return;
        if (m_observable.size() != m_layer.uses.size())
            m_plan.reason = m_plan.inputsReason
                            + ": no static activation range can be found (mode dynamic or weight-only can "
                              "quantize it)";
        else
            m_plan.inputs = m_observable; // ranges need no rows
        m_plan.range = m_plan.reason.empty();
    }

    void planWeights()
    {
        Scheme& scheme = m_plan.scheme;
        const bool byRows = needsInputs(scheme.algorithm);
        std::string why = m_plan.inputsReason;
        if (byRows && why.empty() && scheme.algorithm == Algorithm::Awq && m_plan.inputs.front().groups > 1)
            why = "AWQ scales input columns, and the groups of a convolution have each their own";
        if (!why.empty() && (byRows || scheme.outliers)) {
            note("rounded to nearest instead of "
                 + (byRows ? std::string(nameOf(scheme.algorithm)) : "with outlier columns") + ": " + why
                 + ".");
            if (byRows)
                scheme.algorithm = Algorithm::Rtn;
            scheme.outliers.reset();
        }
        m_plan.algorithm = needsInputs(scheme.algorithm);
    }

    void planBias()
    {
        if (!m_settings.biasCorrection)
            return;
        const std::string why = whyNoBias();
        m_plan.correctBias = why.empty();
        if (!why.empty())
            note("its bias is not corrected: " + why + ".");
    }

    std::string whyNoBias() const
    {
        if (!m_plan.inputsReason.empty())
            return m_plan.inputsReason;
        const auto outputs = outputCount();
        for (const WeightUseNode& use : m_layer.uses) {
            const onnx::NodeProto& node = *nodeOf(use);
            if (node.op_type().ends_with("MatMul"))
                continue;
            if (floatAttribute(node, "alpha", 1) != 1 || floatAttribute(node, "beta", 1) != 1)
                return "its product has factors alpha or beta";
            const std::string bias = node.input_size() > 2 ? node.input(2) : std::string();
            const onnx::NodeProto& first = *nodeOf(m_layer.uses.front());
            if (bias != (first.input_size() > 2 ? first.input(2) : std::string()))
                return "nodes of different biases use its weight";
            if (bias.empty())
                continue;
            if (!m_layer.bias)
                return "its bias is computed";
            const std::size_t size = m_layer.bias->size();
            if (use.slot == 0 || (size != outputs && size != 1)
                || (size != 1 && m_layer.bias->shape.back() != static_cast<std::int64_t>(size)))
                return "its bias is no number for each output";
        }
        return {};
    }

    std::size_t outputCount() const
    {
        const Shape& shape = m_network.weightOf(m_layer).data.shape;
        return shape.size() < 2
                   ? 1
                   : static_cast<std::size_t>(shape[static_cast<std::size_t>(m_layer.channelAxis)]);
    }

    const Network& m_network;
    const PtqSettings& m_settings;
    const NodeMap& m_nodes;
    const Layer& m_layer;
    std::vector<std::string>& m_notes;
    std::vector<ProductInput> m_observable;
    LayerPlan m_plan;
};

} // namespace

void checkSettings(const PtqSettings& settings, const Network& network)
{
    validate(settings.schemes.scheme);
    std::vector<std::string_view> names;
    for (const Layer& layer : network.layers)
        names.push_back(layer.name);
    for (const auto& [name, scheme] : settings.schemes.overrides) {
        validate(scheme);
        if (network.findLayer(name))
            continue;
        const std::string near = nearestName(name, names);
        throw Error(ErrorCode::InvalidArgument,
                    "A scheme is given for layer '" + name + "', which the network does not have"
                        + (near.empty() ? "." : "; did you mean '" + near + "'?"),
                    name);
    }
    (void)expression(settings.exclude);
    if (settings.smoothQuant && !(*settings.smoothQuant >= 0 && *settings.smoothQuant <= 1))
        throw Error(ErrorCode::InvalidArgument, "SmoothQuant's α lies from 0 to 1.");
    if (settings.smoothQuant && settings.mode == QuantizationMode::WeightOnly)
        throw Error(ErrorCode::InvalidArgument,
                    "SmoothQuant makes activations easier to quantize: mode weight-only leaves them float.");
    if (settings.threads < 1)
        throw Error(ErrorCode::InvalidArgument, "Quantization needs 1 thread or more.");
}

std::vector<LayerPlan> planLayers(const RunModel& model, const PtqSettings& settings,
                                  std::vector<std::string>& notes)
{
    const NodeMap nodes = nodesByOutput(model.proto.graph());
    const std::optional<std::regex> excluded = expression(settings.exclude);
    std::vector<LayerPlan> plans;
    for (const Layer& layer : model.network->layers)
        plans.push_back(Planner(model, settings, nodes, layer, notes).plan(excluded));
    return plans;
}

} // namespace quantoscope
