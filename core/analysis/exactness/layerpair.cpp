// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/exactness/layerpair.h"

#include "core/formats/onnx/tensordecoder.h"
#include "core/runtime/fake/layeredit.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

const onnx::NodeProto& nodeOf(const RunModel& model, const WeightUseNode& use)
{
    for (const auto& node : model.proto.graph().node())
        if (node.output_size() > 0 && node.output(0) == use.output)
            return node;
    throw Error(ErrorCode::Unsupported, "The operator that makes '" + use.output + "' was not found.");
}

std::optional<Tensor> addendOf(const RunModel& model, const onnx::NodeProto& node)
{
    if (node.input_size() < 3)
        return std::nullopt;
    for (const auto& tensor : model.proto.graph().initializer())
        if (tensor.name() == node.input(2))
            return TensorDecoder(model.held, model.folder).decode(tensor);
    return std::nullopt;
}

std::unique_ptr<LayerOperator> integerOf(const QuantizedNetwork& network, const QuantizedLayer& quantized,
                                         const onnx::NodeProto& node, int slot, const FusedClamp& clamp,
                                         Isa isa, std::stop_token stop)
{
    return operatorFor({node, slot, *network.model->network, quantized, network.dynamicRange,
                        addendOf(*network.model, node), clamp.low, clamp.high},
                       isa, std::move(stop));
}

} // namespace

LayerPair::LayerPair(const QuantizedNetwork& network, const QuantizedLayer& quantized,
                     const WeightUseNode& use, const FusedClamp& clamp, Isa isa, std::stop_token stop)
    : m_use(use), m_output(clamp.node != nullptr ? clamp.node->output(0) : use.output), m_low(clamp.low),
      m_high(clamp.high), m_integer(integerOf(network, quantized, nodeOf(*network.model, use), use.slot,
                                              clamp, isa, std::move(stop))),
      m_exact(*network.model->network, quantized, nodeOf(*network.model, use), use.slot,
              addendOf(*network.model, nodeOf(*network.model, use)))
{
    if (quantized.scheme.act)
        m_quantizer.emplace(activationRule(network, quantized), isa);
}

Interval LayerPair::clamped(Interval range) const
{
    return m_low < m_high ? Interval{std::clamp(range.lo, m_low, m_high), std::clamp(range.hi, m_low, m_high)}
                          : range;
}

ExactValue LayerPair::exact(std::size_t index) const
{
    ExactValue exact = m_exact.at(index);
    if (m_low < m_high)
        exact.value = std::clamp(exact.value, static_cast<double>(m_low), static_cast<double>(m_high));
    return exact;
}

std::vector<float> LayerPair::run(const Tensor& data, const Shape& output)
{
    if (m_integer->outputShape(data.shape) != output)
        throw Error(ErrorCode::Unsupported, "The kernel of '" + m_use.output + "' makes "
                                                + toText(m_integer->outputShape(data.shape)) + ", not "
                                                + toText(output) + ".");
    const FloatArray floats = floatsOf(data);
    m_levels.assign(floats.values.begin(), floats.values.end());
    if (m_quantizer)
        m_quantizer->run(data.shape, floats.values, m_levels);
    m_exact.setInput(data.shape, m_levels);
    std::vector<float> result(*elementCount(output));
    LayerBuffers buffers;
    buffers.x = floats.values.data();
    buffers.y = result.data();
    m_integer->run(data.shape, buffers);
    return result;
}

} // namespace quantoscope
