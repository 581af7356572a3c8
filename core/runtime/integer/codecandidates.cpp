// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/codecandidates.h"

#include "core/formats/onnx/attributes.h"

#include <algorithm>

namespace quantoscope {

namespace {

class Finder
{
public:
    Finder(const ModelEdit& edit, const Readers& readers, std::span<const PutNode> layers,
           const KnownConstants& constants)
        : m_edit(edit), m_readers(readers), m_constants(constants)
    {
        for (const PutNode& put : layers)
            m_layers.emplace(put.node, put.layer);
    }

    std::vector<CodeCandidate> find(onnx::GraphProto& graph)
    {
        std::vector<CodeCandidate> found;
        for (onnx::NodeProto& node : *graph.mutable_node()) {
            std::optional<CodeCandidate> candidate = candidateOf(node);
            if (!candidate)
                continue;
            m_channels[candidate->value()] = candidate->channels;
            found.push_back(std::move(*candidate));
        }
        return found;
    }

private:
    std::optional<CodeCandidate> candidateOf(onnx::NodeProto& node) const
    {
        CodeCandidate candidate;
        candidate.node = &node;
        if (const auto layer = m_layers.find(&node); layer != m_layers.end()) {
            candidate.layer = layer->second;
            candidate.channels = layer->second->imageChannels();
            return candidate;
        }
        if (!isStandard(node) || node.output_size() != 1)
            return std::nullopt;
        if (node.op_type() == "Add" && node.input_size() == 2)
            return sumOf(std::move(candidate));
        if (node.op_type() == "MaxPool")
            return poolOf(std::move(candidate));
        return std::nullopt;
    }

    static bool isStandard(const onnx::NodeProto& node)
    {
        return node.domain().empty() || node.domain() == "ai.onnx";
    }

    std::int64_t channelsOf(const std::string& value) const
    {
        const auto found = m_channels.find(value);
        return found == m_channels.end() ? 0 : found->second;
    }

    std::optional<CodeCandidate> sumOf(CodeCandidate candidate) const
    {
        candidate.kind = CodeCandidate::Kind::Sum;
        for (const std::string& name : candidate.node->input()) {
            candidate.inputs.push_back(addendOf(name));
            const CodeCandidate::Input& input = candidate.inputs.back();
            const std::int64_t own = channelsOf(input.value);
            const std::int64_t channels = own + (input.zeros.empty() ? 0 : input.zeros[1]);
            if (own == 0 || (candidate.channels != 0 && candidate.channels != channels))
                return std::nullopt;
            candidate.channels = channels;
        }
        candidate.clamp = clampBehind(m_readers, candidate.node->output(0), m_constants.scalars);
        return candidate;
    }

    CodeCandidate::Input addendOf(const std::string& name) const
    {
        const onnx::NodeProto* const node = m_edit.nodeOf(name).node;
        if (node == nullptr || !isStandard(*node) || node->op_type() != "Concat" || node->input_size() != 2
            || intAttribute(*node, "axis", 0) != 1)
            return {name, {}, nullptr};
        const std::optional<Shape> zeros = zerosOf(node->input(1));
        if (!zeros || zeros->size() != 4)
            return {name, {}, nullptr};
        return {node->input(0), *zeros, node};
    }

    /// The shape of a constant that is 0 everywhere.
    std::optional<Shape> zerosOf(const std::string& name) const
    {
        const auto isZero = [](const Tensor& tensor) {
            const FloatArray floats = floatsOf(tensor);
            return std::all_of(floats.values.begin(), floats.values.end(), [](float x) { return x == 0; });
        };
        if (const std::optional<Tensor> constant = m_constants.find(name))
            return constant->dtype == DType::F32 && isZero(*constant) ? std::optional(constant->shape)
                                                                      : std::nullopt;
        const onnx::NodeProto* const node = m_edit.nodeOf(name).node;
        if (node == nullptr || !isStandard(*node) || node->op_type() != "ConstantOfShape")
            return std::nullopt;
        if (const onnx::AttributeProto* value = findAttribute(*node, "value");
            value != nullptr
            && (value->t().data_type() != onnx::TensorProto::FLOAT || !holdsZero(value->t())))
            return std::nullopt;
        const std::optional<Tensor> shape = m_constants.find(node->input(0));
        if (!shape || shape->dtype != DType::I64)
            return std::nullopt;
        const FloatArray sizes = floatsOf(*shape);
        Shape result;
        for (const float size : sizes.values)
            result.push_back(static_cast<std::int64_t>(size));
        return result;
    }

    static bool holdsZero(const onnx::TensorProto& tensor)
    {
        const std::string& raw = tensor.raw_data();
        return std::all_of(raw.begin(), raw.end(), [](char byte) { return byte == 0; })
               && std::all_of(tensor.float_data().begin(), tensor.float_data().end(),
                              [](float value) { return value == 0; });
    }

    std::optional<CodeCandidate> poolOf(CodeCandidate candidate) const
    {
        const onnx::NodeProto& node = *candidate.node;
        candidate.kind = CodeCandidate::Kind::Pool;
        candidate.inputs.push_back({node.input(0), {}, nullptr});
        candidate.channels = channelsOf(node.input(0));
        const auto list = [&](const char* name, std::size_t count, std::int64_t otherwise) {
            return intsAttribute(node, name).value_or(std::vector<std::int64_t>(count, otherwise));
        };
        const std::vector<std::int64_t> kernel = list("kernel_shape", 0, 0);
        const std::vector<std::int64_t> strides = list("strides", 2, 1);
        const std::vector<std::int64_t> dilations = list("dilations", 2, 1);
        const std::vector<std::int64_t> pads = list("pads", 4, 0);
        const onnx::AttributeProto* const autoPad = findAttribute(node, "auto_pad");
        if (candidate.channels == 0 || kernel.size() != 2 || strides.size() != 2 || pads.size() != 4
            || dilations != std::vector<std::int64_t>(2, 1) || intAttribute(node, "ceil_mode", 0) != 0
            || (autoPad != nullptr && autoPad->s() != "NOTSET"))
            return std::nullopt;
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const bool fits = kernel[axis] > 0 && strides[axis] > 0 && pads[axis] >= 0 && pads[axis + 2] >= 0
                              && pads[axis] < kernel[axis] && pads[axis + 2] < kernel[axis];
            if (!fits)
                return std::nullopt;
            (axis == 0 ? candidate.poolY : candidate.poolX) = {
                1, static_cast<std::size_t>(kernel[axis]), static_cast<std::size_t>(strides[axis]),
                static_cast<std::size_t>(pads[axis]), static_cast<std::size_t>(pads[axis + 2])};
        }
        return candidate;
    }

    const ModelEdit& m_edit;
    const Readers& m_readers;
    const KnownConstants& m_constants;
    std::map<const onnx::NodeProto*, LayerOperator*> m_layers;
    std::map<std::string, std::int64_t> m_channels;
};

} // namespace

std::vector<CodeCandidate> codeCandidates(onnx::ModelProto& model, const ModelEdit& edit,
                                          const Readers& readers, std::span<const PutNode> layers,
                                          const KnownConstants& constants)
{
    return Finder(edit, readers, layers, constants).find(*model.mutable_graph());
}

} // namespace quantoscope
