// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/model/foldbatchnorm.h"

#include "core/formats/onnx/attributes.h"
#include "core/runtime/model/graphs.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace quantoscope {

namespace {

bool isStandard(const onnx::NodeProto& node, std::string_view op)
{
    return node.op_type() == op && (node.domain().empty() || node.domain() == "ai.onnx");
}

double floatAttribute(const onnx::NodeProto& node, std::string_view name, float fallback)
{
    const auto* attribute = findAttribute(node, name);
    return attribute && attribute->has_f() ? attribute->f() : fallback;
}

/// Whether it normalizes with the statistics of the file and gives out nothing else.
bool isInference(const onnx::NodeProto& norm)
{
    for (int i = 1; i < norm.output_size(); ++i)
        if (!norm.output(i).empty())
            return false;
    return isStandard(norm, "BatchNormalization") && norm.input_size() == 5 && norm.output_size() >= 1
           && intAttribute(norm, "training_mode", 0) == 0 && intAttribute(norm, "spatial", 1) == 1;
}

void setFloats(onnx::TensorProto& tensor, const Shape& shape, const std::vector<float>& values)
{
    const std::string name = tensor.name();
    tensor.Clear();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape)
        tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
}

/// y·factor + shift, by output channel.
struct Affine
{
    std::vector<double> factor;
    std::vector<double> shift;
};

/// Elements of a weight and the output channel that each belongs to.
struct ChannelMap
{
    std::size_t channels = 0;
    std::function<std::size_t(std::size_t)> channelOf;
};

/// The folding of one graph.
class Folder
{
public:
    Folder(onnx::GraphProto& graph, std::unordered_map<std::string, int>& uses, TensorDecoder& decoder)
        : m_graph(graph), m_uses(uses), m_decoder(decoder)
    {
        for (auto& initializer : *graph.mutable_initializer())
            m_initializers.emplace(initializer.name(), &initializer);
    }

    std::vector<std::string> fold(const std::stop_token& stop)
    {
        std::vector<std::string> changes;
        for (auto& node : *m_graph.mutable_node()) {
            throwIfStopped(stop);
            if (isInference(node))
                foldNode(node, changes);
            for (const std::string& output : node.output())
                m_producers[output] = &node;
        }
        removeIf(*m_graph.mutable_node(), [this](const auto& node) { return m_folded.contains(&node); });
        removeIf(*m_graph.mutable_initializer(),
                 [this](const auto& tensor) { return m_unused.contains(tensor.name()); });
        return changes;
    }

private:
    void foldNode(onnx::NodeProto& norm, std::vector<std::string>& changes)
    {
        const auto producer = m_producers.find(norm.input(0));
        if (producer == m_producers.end() || m_uses[norm.input(0)] != 1)
            return;
        onnx::NodeProto& node = *producer->second;
        if (!foldInto(node, norm))
            return;
        changes.push_back("BatchNormalization '" + labelOf(norm) + "' folded into '" + labelOf(node) + "'");
        for (int i = 1; i < norm.input_size(); ++i)
            if (--m_uses[norm.input(i)] == 0)
                m_unused.insert(norm.input(i));
        node.set_output(0, norm.output(0));
        m_producers[norm.output(0)] = &node;
        m_folded.insert(&norm);
        norm.clear_output(); // it is no producer any more
    }

    bool foldInto(onnx::NodeProto& node, const onnx::NodeProto& norm)
    {
        if (node.output_size() != 1 || node.input_size() < 2 || node.input_size() > 3)
            return false;
        const auto weight = ownFloats(node.input(1));
        const auto map = weight ? channelMap(node, weight->shape) : std::nullopt;
        const auto affine = map ? affineOf(norm, map->channels) : std::nullopt;
        const auto bias = affine ? foldedBias(node, *affine) : std::nullopt;
        if (!bias)
            return false;
        const FloatArray old = floatsOf(*weight);
        std::vector<float> scaled(old.values.size());
        for (std::size_t i = 0; i < scaled.size(); ++i)
            scaled[i] = static_cast<float>(old.values[i] * affine->factor[map->channelOf(i)]);
        setFloats(*m_initializers.at(node.input(1)), weight->shape, scaled);
        storeBias(node, *bias);
        return true;
    }

    /// A float32 tensor of this graph that one position of one node reads.
    std::optional<Tensor> ownFloats(const std::string& name)
    {
        return m_uses[name] == 1 ? floats(name) : std::nullopt;
    }

    std::optional<Tensor> floats(const std::string& name)
    {
        const auto found = m_initializers.find(name);
        if (found == m_initializers.end() || found->second->data_type() != onnx::TensorProto::FLOAT)
            return std::nullopt;
        try {
            return m_decoder.decode(*found->second);
        } catch (const Error&) {
            return std::nullopt; // ONNX Runtime will say what is wrong with it
        }
    }

    static std::optional<ChannelMap> channelMap(const onnx::NodeProto& node, const Shape& shape)
    {
        const auto elements = elementCount(shape).value_or(0);
        if (elements == 0)
            return std::nullopt;
        const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(shape[axis]); };
        if (isStandard(node, "Conv") && shape.size() >= 3) {
            const std::size_t inner = elements / size(0);
            return ChannelMap{size(0), [inner](std::size_t i) { return i / inner; }};
        }
        if (isStandard(node, "ConvTranspose") && shape.size() >= 3)
            return transposedMap(node, size(0), size(1), elements);
        if (!isStandard(node, "Gemm") || shape.size() != 2)
            return std::nullopt;
        const std::size_t columns = size(1);
        if (intAttribute(node, "transB", 0) != 0)
            return ChannelMap{size(0), [columns](std::size_t i) { return i / columns; }};
        return ChannelMap{columns, [columns](std::size_t i) { return i % columns; }};
    }

    static std::optional<ChannelMap> transposedMap(const onnx::NodeProto& node, std::size_t inputs,
                                                   std::size_t perGroup, std::size_t elements)
    {
        const auto groups = static_cast<std::size_t>(intAttribute(node, "group", 1));
        if (groups < 1 || inputs % groups != 0)
            return std::nullopt;
        const std::size_t inner = elements / inputs / perGroup;
        const std::size_t inputsPerGroup = inputs / groups;
        return ChannelMap{perGroup * groups, [=](std::size_t i) {
                              const std::size_t input = i / (perGroup * inner);
                              return input / inputsPerGroup * perGroup + i / inner % perGroup;
                          }};
    }

    std::optional<Affine> affineOf(const onnx::NodeProto& norm, std::size_t channels)
    {
        std::vector<FloatArray> held;
        for (int i = 1; i < 5; ++i) {
            const auto tensor = floats(norm.input(i));
            if (!tensor || tensor->size() != channels)
                return std::nullopt;
            held.push_back(floatsOf(*tensor));
        }
        const double epsilon = floatAttribute(norm, "epsilon", 1e-5f);
        Affine affine;
        for (std::size_t c = 0; c < channels; ++c) {
            const double factor = held[0].values[c] / std::sqrt(held[3].values[c] + epsilon);
            const double shift = held[1].values[c] - held[2].values[c] * factor;
            if (!std::isfinite(factor) || !std::isfinite(shift))
                return std::nullopt;
            affine.factor.push_back(factor);
            affine.shift.push_back(shift);
        }
        return affine;
    }

    /// The bias behind the norm; nothing when the node's own cannot be read.
    std::optional<std::vector<float>> foldedBias(const onnx::NodeProto& node, const Affine& affine)
    {
        std::vector<float> bias(affine.shift.begin(), affine.shift.end());
        if (node.input_size() < 3 || node.input(2).empty())
            return bias;
        const auto old = floats(node.input(2));
        const std::size_t channels = bias.size();
        if (!old)
            return std::nullopt;
        const bool perChannel = old->size() == channels && !old->shape.empty()
                                && old->shape.back() == static_cast<std::int64_t>(channels);
        if (!perChannel && old->size() != 1)
            return std::nullopt;
        const FloatArray values = floatsOf(*old);
        const double beta = isStandard(node, "Gemm") ? floatAttribute(node, "beta", 1.0f) : 1.0;
        for (std::size_t c = 0; c < channels; ++c)
            bias[c] = static_cast<float>(beta * values.values[perChannel ? c : 0] * affine.factor[c]
                                         + affine.shift[c]);
        return bias;
    }

    void storeBias(onnx::NodeProto& node, const std::vector<float>& bias)
    {
        const bool has = node.input_size() == 3 && !node.input(2).empty();
        const bool own = has && m_uses[node.input(2)] == 1;
        onnx::TensorProto* tensor = own ? m_initializers.at(node.input(2)) : m_graph.add_initializer();
        if (!own) {
            if (has)
                --m_uses[node.input(2)];
            tensor->set_name(freeName(node.input(1) + "_bias"));
            while (node.input_size() < 3)
                node.add_input();
            node.set_input(2, tensor->name());
            m_uses[tensor->name()] = 1;
            m_initializers[tensor->name()] = tensor;
        }
        setFloats(*tensor, {static_cast<std::int64_t>(bias.size())}, bias);
        for (auto& attribute : *node.mutable_attribute())
            if (isStandard(node, "Gemm") && attribute.name() == "beta")
                attribute.set_f(1.0f);
    }

    std::string freeName(std::string name) const
    {
        while (m_uses.contains(name) || m_initializers.contains(name))
            name += "_";
        return name;
    }

    onnx::GraphProto& m_graph;
    std::unordered_map<std::string, int>& m_uses; ///< of the whole model
    TensorDecoder& m_decoder;
    std::unordered_map<std::string, onnx::TensorProto*> m_initializers;
    std::unordered_map<std::string, onnx::NodeProto*> m_producers;
    std::unordered_set<const onnx::NodeProto*> m_folded;
    std::unordered_set<std::string> m_unused;
};

} // namespace

std::vector<std::string> foldBatchNorms(onnx::ModelProto& model, TensorDecoder& decoder,
                                        const std::stop_token& stop)
{
    auto uses = countUses(model.graph());
    std::vector<std::string> changes;
    forEachGraph(*model.mutable_graph(), [&](onnx::GraphProto& graph) {
        const auto done = Folder(graph, uses, decoder).fold(stop);
        changes.insert(changes.end(), done.begin(), done.end());
    });
    return changes;
}

} // namespace quantoscope
