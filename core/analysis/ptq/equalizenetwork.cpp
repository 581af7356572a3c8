// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/equalizenetwork.h"

#include "core/analysis/ptq/floatgraph.h"
#include "core/formats/onnx/attributes.h"
#include "core/quant/algorithms/equalization.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace quantoscope {

namespace {

/// A layer that may be part of a chain, and the way to the one behind it.
struct Link
{
    const Layer* layer = nullptr;
    onnx::NodeProto* node = nullptr;
    EqualizedLayer values;
    Shape shape;             ///< of the weight as stored
    bool transposed = false; ///< stored [inputs, outputs]
    std::size_t spatial = 0; ///< spatial axes of what it gives out
    onnx::NodeProto* clip = nullptr;
    std::optional<std::size_t> next;
    bool hasPrevious = false;
};

std::vector<float> turned(std::span<const float> values, std::size_t rows, std::size_t columns)
{
    std::vector<float> out(values.size());
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c)
            out[c * rows + r] = values[r * columns + c];
    return out;
}

/// The factors of all passes at once: every weight is rounded a single time, however many passes there were. Empty: none.
void applyOnce(EqualizedLayer& layer, std::span<const float> before, std::span<const float> behind)
{
    const std::size_t perGroup = layer.inputs / layer.groups;
    const std::size_t outputsPerGroup = layer.outputs / layer.groups;
    const auto factor = [](std::span<const float> factors, std::size_t i) {
        return factors.empty() ? 1.0 : static_cast<double>(factors[i]);
    };
    for (std::size_t at = 0; at < layer.weights.size(); ++at) {
        const std::size_t kernel = at / layer.inner;
        const std::size_t output = kernel / perGroup;
        const std::size_t input = output / outputsPerGroup * perGroup + kernel % perGroup;
        layer.weights[at] = static_cast<float>(static_cast<double>(layer.weights[at]) * factor(before, input)
                                               / factor(behind, output));
    }
    for (std::size_t i = 0; i < layer.bias.size(); ++i)
        layer.bias[i] = static_cast<float>(static_cast<double>(layer.bias[i]) / factor(behind, i));
    for (std::size_t i = 0; i < layer.caps.size(); ++i)
        layer.caps[i] = static_cast<float>(static_cast<double>(layer.caps[i]) / factor(behind, i));
}

class Equalizer
{
public:
    Equalizer(std::shared_ptr<const RunModel> model, std::stop_token stop)
        : m_graph(std::move(model)), m_stop(std::move(stop))
    {
    }

    std::shared_ptr<const RunModel> run(std::vector<std::string>& notes)
    {
        for (const Layer& layer : m_graph.original().network->layers)
            if (auto link = linkOf(layer))
                m_links.push_back(std::move(*link));
        for (Link& link : m_links)
            connect(link);
        bool any = false;
        for (std::size_t i = 0; i < m_links.size(); ++i)
            if (m_links[i].next && !m_links[i].hasPrevious) {
                notes.push_back(equalizeFrom(i));
                any = true;
            }
        if (any)
            return m_graph.finish(m_stop);
        notes.push_back("Equalization found no layers that follow each other alone.");
        return nullptr;
    }

private:
    std::optional<Link> linkOf(const Layer& layer)
    {
        if (layer.uses.size() != 1 || layer.uses.front().inBody || layer.uses.front().slot != 1)
            return std::nullopt;
        const bool isConv = layer.kind == LayerKind::Conv || layer.kind == LayerKind::DepthwiseConv;
        if (!isConv && layer.kind != LayerKind::Gemm && layer.kind != LayerKind::MatMul)
            return std::nullopt;
        Link link;
        link.layer = &layer;
        link.node = m_graph.producer(layer.uses.front().output);
        static constexpr std::array<std::string_view, 3> known = {"Conv", "Gemm", "MatMul"};
        if (!link.node || std::find(known.begin(), known.end(), link.node->op_type()) == known.end()
            || intAttribute(*link.node, "transA", 0) != 0)
            return std::nullopt;
        return takeWeights(link) && takeBias(link) ? std::optional(std::move(link)) : std::nullopt;
    }

    bool takeWeights(Link& link)
    {
        auto weight = m_graph.constant(link.node->input(1));
        if (!weight || m_graph.readers(link.node->input(1)) != 1 || weight->values.empty())
            return false;
        const auto dim = [&](std::size_t i) { return static_cast<std::size_t>(weight->shape[i]); };
        EqualizedLayer& values = link.values;
        link.shape = weight->shape;
        if (link.node->op_type() == "Conv") {
            link.spatial = weight->shape.size() - 2;
            values.groups =
                static_cast<std::size_t>(std::max<std::int64_t>(1, intAttribute(*link.node, "group", 1)));
            values.outputs = dim(0);
            values.inputs = dim(1) * values.groups;
            values.inner = weight->values.size() / dim(0) / dim(1);
        } else {
            if (weight->shape.size() != 2)
                return false;
            link.transposed = intAttribute(*link.node, "transB", 0) == 0;
            values.outputs = dim(link.transposed ? 1 : 0);
            values.inputs = dim(link.transposed ? 0 : 1);
            if (link.transposed)
                weight->values = turned(weight->values, dim(0), dim(1));
        }
        values.weights = std::move(weight->values);
        return values.outputs % values.groups == 0;
    }

    bool takeBias(Link& link)
    {
        if (link.node->input_size() < 3 || link.node->input(2).empty())
            return true;
        auto bias = m_graph.constant(link.node->input(2));
        if (!bias || bias->values.size() != link.values.outputs
            || bias->shape.back() != static_cast<std::int64_t>(link.values.outputs))
            return false;
        link.values.bias = std::move(bias->values);
        return true;
    }

    /// A scalar bound of a Clip; nothing where it is not stored.
    std::optional<float> bound(const onnx::NodeProto& node, int slot, const char* attributeName, float absent)
    {
        if (const auto* attribute = findAttribute(node, attributeName))
            return attribute->f();
        if (node.input_size() <= slot || node.input(slot).empty())
            return absent;
        const auto constant = m_graph.constant(node.input(slot));
        return constant && constant->values.size() == 1 ? std::optional(constant->values.front())
                                                        : std::nullopt;
    }

    /// Lets factors of channels through: itself, or with the cap divided.
    bool passes(onnx::NodeProto& node, Link& link, bool& flattened)
    {
        static constexpr std::array<std::string_view, 6> homogeneous = {
            "Relu", "LeakyRelu", "Identity", "MaxPool", "AveragePool", "GlobalAveragePool"};
        const std::string& op = node.op_type();
        if (std::find(homogeneous.begin(), homogeneous.end(), op) != homogeneous.end())
            return node.output_size() == 1;
        if (op == "PRelu")
            return m_graph.constant(node.input(1)).has_value();
        if (op == "Flatten")
            return flattened = intAttribute(node, "axis", 1) == 1;
        if (op != "Clip" || link.clip)
            return false;
        const auto infinity = std::numeric_limits<float>::infinity();
        const auto low = bound(node, 1, "min", -infinity);
        const auto high = bound(node, 2, "max", infinity);
        if (!low || !high || *low != 0 || !(*high > 0))
            return false;
        if (*high < std::numeric_limits<float>::max()) {
            link.clip = &node;
            link.values.after = Between::Capped;
            link.values.caps.assign(link.values.outputs, *high);
        }
        return true;
    }

    void connect(Link& link)
    {
        std::string value = link.node->output(0);
        bool flattened = false;
        while (onnx::NodeProto* reader = m_graph.onlyReader(value)) {
            const auto found = std::find_if(m_links.begin(), m_links.end(),
                                            [&](const Link& other) { return other.node == reader; });
            if (found != m_links.end()) {
                if (reader->input(0) == value && fits(link, *found, flattened))
                    return join(link, *found);
                break;
            }
            if (reader->input_size() == 0 || reader->input(0) != value || !passes(*reader, link, flattened))
                break;
            value = reader->output(0);
        }
        link.clip = nullptr; // not reached through it after all
        link.values.after = Between::Homogeneous;
        link.values.caps.clear();
    }

    /// Images go to convolutions or, flattened, to products; rows to products.
    static bool fits(const Link& link, const Link& next, bool flattened)
    {
        if (flattened)
            return next.spatial == 0 && next.values.inputs % link.values.outputs == 0;
        return link.spatial == next.spatial && next.values.inputs == link.values.outputs;
    }

    void join(Link& link, Link& next)
    {
        link.next = static_cast<std::size_t>(&next - m_links.data());
        next.hasPrevious = true;
        next.values.inner *= next.values.inputs / link.values.outputs;
        next.values.inputs = link.values.outputs;
    }

    std::string equalizeFrom(std::size_t first)
    {
        std::vector<Link*> chain;
        for (std::optional<std::size_t> at = first; at; at = m_links[*at].next)
            chain.push_back(&m_links[*at]);
        std::vector<EqualizedLayer> layers;
        std::string names;
        for (Link* link : chain) {
            names += (names.empty() ? "'" : " → '") + link->layer->name + "'";
            layers.push_back(link->values);
        }
        const Equalization result = equalize(std::move(layers), {}, m_stop);
        for (std::size_t i = 0; i < chain.size(); ++i) {
            applyOnce(chain[i]->values,
                      i > 0 ? std::span<const float>(result.factors[i - 1]) : std::span<const float>(),
                      i < result.factors.size() ? std::span<const float>(result.factors[i])
                                                : std::span<const float>());
            write(*chain[i]);
        }
        return "Equalized " + names + " in " + std::to_string(result.iterations)
               + (result.iterations == 1 ? " pass." : " passes.");
    }

    void write(const Link& link)
    {
        const EqualizedLayer& values = link.values;
        m_graph.setConstant(*link.node, 1,
                            {link.shape, link.transposed ? turned(values.weights, values.outputs,
                                                                  values.weights.size() / values.outputs)
                                                         : values.weights});
        if (!values.bias.empty()) {
            const auto bias = m_graph.constant(link.node->input(2));
            m_graph.setConstant(*link.node, 2, {bias->shape, values.bias});
        }
        if (link.clip)
            cap(link, values.caps);
    }

    void cap(const Link& link, const std::vector<float>& caps)
    {
        ModelEdit& edit = m_graph.edit();
        const std::string output = link.clip->output(0);
        Shape shape(link.spatial + 1, 1);
        shape.front() = static_cast<std::int64_t>(caps.size());
        const std::string bounds = m_graph.addConstant(output + "#caps", {shape, caps});
        onnx::NodeProto& least = edit.insertBehind(edit.nodeOf(output));
        const std::string rectified = edit.freshName(output + "#rectified");
        least.set_op_type("Min");
        least.add_input(rectified);
        least.add_input(bounds);
        least.add_output(output);
        for (int slot = 1; slot < link.clip->input_size(); ++slot)
            edit.setInput(*link.clip, slot, {});
        link.clip->mutable_input()->DeleteSubrange(1, link.clip->input_size() - 1);
        link.clip->clear_attribute();
        link.clip->set_op_type("Relu");
        link.clip->set_output(0, rectified);
    }

    FloatGraph m_graph;
    std::stop_token m_stop;
    std::vector<Link> m_links;
};

} // namespace

std::shared_ptr<const RunModel> equalized(std::shared_ptr<const RunModel> model,
                                          std::vector<std::string>& notes, std::stop_token stop)
{
    auto edited = Equalizer(model, std::move(stop)).run(notes);
    return edited ? edited : model;
}

} // namespace quantoscope
