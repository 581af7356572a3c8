// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/graphview.h"

#include "core/formats/onnx/attributes.h"
#include "core/support/error.h"

#include <cstring>

namespace quantoscope {

namespace {

constexpr std::size_t mostElements = 1u << 20;

/// Reals and integers of up to 32 bits without loss.
std::vector<double> doublesOf(const Tensor& tensor)
{
    std::vector<double> values(tensor.size());
    if (tensor.dtype == DType::I32) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::int32_t code = 0;
            std::memcpy(&code, tensor.bytes.data() + 4 * i, sizeof code);
            values[i] = code;
        }
        return values;
    }
    const FloatArray floats = floatsOf(tensor);
    values.assign(floats.values.begin(), floats.values.end());
    return values;
}

} // namespace

std::string inputOf(const onnx::NodeProto& node, int slot)
{
    return slot >= 0 && slot < node.input_size() ? node.input(slot) : std::string();
}

GraphView::GraphView(std::shared_ptr<const RunModel> model)
    : m_model(std::move(model)), m_decoder(m_model->held, m_model->folder)
{
    const onnx::GraphProto& graph = m_model->proto.graph();
    for (const auto& tensor : graph.initializer())
        m_initializers[tensor.name()] = &tensor;
    for (const auto& input : graph.input())
        m_producers.emplace(input.name(), nullptr);
    for (const auto& node : graph.node()) {
        for (const auto& output : node.output())
            m_producers[output] = &node;
        for (const auto& input : node.input())
            if (!input.empty())
                m_readers[input].push_back(&node);
    }
    for (int i = 0; i < graph.output_size(); ++i)
        m_outputs[graph.output(i).name()] = i;
}

const onnx::NodeProto* GraphView::producer(const std::string& value) const
{
    const auto found = m_producers.find(value);
    return found == m_producers.end() ? nullptr : found->second;
}

const onnx::NodeProto* GraphView::onlyReader(const std::string& value) const
{
    const auto found = m_readers.find(value);
    return found == m_readers.end() || found->second.size() != 1 || isOutput(value) ? nullptr
                                                                                    : found->second.front();
}

bool GraphView::has(const std::string& value) const
{
    return m_producers.count(value) > 0 && m_initializers.count(value) == 0;
}

std::optional<Tensor> GraphView::tensor(const std::string& initializer) const
{
    const auto found = m_initializers.find(initializer);
    if (found == m_initializers.end())
        return std::nullopt;
    try {
        Tensor tensor = m_decoder.decode(*found->second);
        if (tensor.size() <= mostElements)
            return tensor;
    } catch (const Error&) {
        // A constant that cannot be read is none that can be compared; the reader of the network says so.
    }
    return std::nullopt;
}

std::optional<std::vector<double>> GraphView::constant(const std::string& value, int depth) const
{
    if (const auto stored = tensor(value))
        return doublesOf(*stored);
    const onnx::NodeProto* node = producer(value);
    if (!node || depth == 0)
        return std::nullopt;
    if (node->op_type() == "DequantizeLinear")
        return dequantized(*node, depth - 1);
    for (const char* kept : {"Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast"})
        if (node->op_type() == kept)
            return constant(inputOf(*node, 0), depth - 1);
    return std::nullopt;
}

std::optional<std::vector<double>> GraphView::dequantized(const onnx::NodeProto& node, int depth) const
{
    auto codes = constant(inputOf(node, 0), depth);
    const auto scale = constant(inputOf(node, 1));
    const auto zero = constant(inputOf(node, 2));
    if (!codes || !scale || scale->empty() || (scale->size() != 1 && scale->size() != codes->size()))
        return std::nullopt;
    for (std::size_t i = 0; i < codes->size(); ++i) {
        const double offset = !zero || zero->empty() ? 0 : (*zero)[zero->size() == codes->size() ? i : 0];
        (*codes)[i] = ((*codes)[i] - offset) * (*scale)[scale->size() == 1 ? 0 : i];
    }
    return codes;
}

std::optional<StoredRange> GraphView::codeType(const std::string& initializer) const
{
    const auto found = m_initializers.find(initializer);
    if (found == m_initializers.end())
        return std::nullopt;
    const auto dtype = dtypeFromOnnx(found->second->data_type());
    if (!dtype || !isInteger(*dtype) || bitsOf(*dtype) > 16)
        return std::nullopt;
    StoredRange range;
    range.bits = bitsOf(*dtype);
    range.isSigned =
        *dtype == DType::I8 || *dtype == DType::I16 || *dtype == DType::I4 || *dtype == DType::I2;
    return range;
}

std::optional<StoredRange> GraphView::range(const std::string& scale, const std::string& zeroPoint) const
{
    const auto factor = constant(scale);
    if (!factor || factor->size() != 1 || !(factor->front() > 0))
        return std::nullopt;
    StoredRange range = codeType(zeroPoint).value_or(StoredRange{});
    range.scale = static_cast<float>(factor->front());
    const auto zero = constant(zeroPoint);
    range.zeroPoint = zero && zero->size() == 1 ? static_cast<std::int32_t>(zero->front()) : 0;
    return range;
}

} // namespace quantoscope
