// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/exactness/exactoutput.h"

#include "core/formats/onnx/attributes.h"
#include "core/quant/quantize.h"
#include "core/runtime/fake/layeredit.h"
#include "core/support/error.h"
#include "core/tensor/channelmajor.h"

#include <cmath>

namespace quantoscope {

namespace {

double floatAttribute(const onnx::NodeProto& node, const char* name)
{
    const onnx::AttributeProto* found = findAttribute(node, name);
    return found != nullptr ? static_cast<double>(found->f()) : 1.0;
}

AutoPad autoPadOf(const onnx::NodeProto& node)
{
    const onnx::AttributeProto* found = findAttribute(node, "auto_pad");
    if (found == nullptr || found->s() == "NOTSET")
        return AutoPad::NotSet;
    if (found->s() == "VALID")
        return AutoPad::Valid;
    return found->s() == "SAME_UPPER" ? AutoPad::SameUpper : AutoPad::SameLower;
}

std::vector<std::int64_t> numbersOf(const onnx::NodeProto& node, const char* name, std::size_t count,
                                    std::int64_t otherwise)
{
    auto found = intsAttribute(node, name).value_or(std::vector<std::int64_t>{});
    found.resize(count, otherwise);
    return found;
}

/// The element whose tap reaches that place of the result, or -1.
std::int64_t elementFor(const TransposeAxis& axis, std::int64_t at, std::int64_t tap)
{
    const std::int64_t from = at + axis.padBegin - tap * axis.dilation;
    return from >= 0 && from % axis.stride == 0 && from / axis.stride < axis.input ? from / axis.stride : -1;
}

} // namespace

void ExactOutput::Sums::add(float x, float w)
{
    const double term = static_cast<double>(x) * static_cast<double>(w);
    sum += term;
    magnitude += std::abs(term);
}

ExactOutput::ExactOutput(const Network& network, const QuantizedLayer& quantized, const onnx::NodeProto& node,
                         int slot, const std::optional<Tensor>& bias)
{
    const Layer& layer = network.layer(quantized.layer);
    const Weight& weight = network.weightOf(layer);
    const Shape& shape = weight.data.shape;
    m_isConv = node.op_type() == "Conv" && (shape.size() == 3 || shape.size() == 4);
    const bool transposes = node.op_type() == "ConvTranspose" && (shape.size() == 3 || shape.size() == 4)
                            && findAttribute(node, "output_shape") == nullptr;
    const bool product = (node.op_type() == "MatMul" || node.op_type() == "Gemm") && shape.size() == 2;
    if ((!m_isConv && !transposes && !product) || slot != 1 || !rowsAreLast(node, slot))
        throw Error(ErrorCode::Unsupported, "There is no exact form of its operator to compare with.");
    const auto levels = std::make_shared<std::vector<float>>(quantizedWeight(network, quantized));
    const ChannelMajor values = channelMajor({*levels, levels}, shape, layer.channelAxis);
    m_weights.assign(values.values.begin(), values.values.end());
    m_outputs = values.channels;
    m_depth = values.perChannel;
    if (transposes)
        readTransposed(node, shape);
    if (!quantized.bias.empty()) {
        m_bias = quantized.bias;
    } else if (bias) {
        const FloatArray given = floatsOf(*bias);
        m_bias.assign(given.values.begin(), given.values.end());
    }
    if (m_bias.size() == 1)
        m_bias.assign(m_outputs, m_bias.front());
    if (!m_bias.empty() && m_bias.size() != m_outputs)
        throw Error(ErrorCode::Unsupported, "Its addend is not one value an output.");
    if (node.op_type() == "Gemm") {
        m_alpha = floatAttribute(node, "alpha");
        m_beta = floatAttribute(node, "beta");
    }
    if (m_isConv)
        readConvolution(node, shape);
}

void ExactOutput::readConvolution(const onnx::NodeProto& node, const Shape& weight)
{
    const std::size_t axes = weight.size() - 2;
    const auto strides = numbersOf(node, "strides", axes, 1);
    const auto dilations = numbersOf(node, "dilations", axes, 1);
    const auto pads = numbersOf(node, "pads", 2 * axes, 0);
    m_autoPad = autoPadOf(node);
    m_conv.groups = intAttribute(node, "group", 1);
    m_conv.outputs = weight[0];
    m_conv.channels = weight[1] * m_conv.groups;
    for (std::size_t i = 0; i < axes; ++i)
        (i + 1 == axes ? m_conv.x : m_conv.y) = {1,       weight[2 + i], strides[i], dilations[i],
                                                 pads[i], pads[axes + i]};
}

void ExactOutput::readTransposed(const onnx::NodeProto& node, const Shape& weight)
{
    const std::size_t axes = weight.size() - 2;
    const auto strides = numbersOf(node, "strides", axes, 1);
    const auto dilations = numbersOf(node, "dilations", axes, 1);
    const auto pads = numbersOf(node, "pads", 2 * axes, 0);
    const auto outputPadding = numbersOf(node, "output_padding", axes, 0);
    m_autoPad = autoPadOf(node);
    TransposeGeometry& geometry = m_transposed.emplace();
    geometry.groups = intAttribute(node, "group", 1);
    geometry.channels = weight[0];
    geometry.outputs = weight[1] * geometry.groups;
    m_outputs = static_cast<std::size_t>(geometry.outputs);
    for (std::size_t i = 0; i < axes; ++i)
        (i + 1 == axes ? geometry.x : geometry.y) = {1,       weight[2 + i],  strides[i],      dilations[i],
                                                     pads[i], pads[axes + i], outputPadding[i]};
}

template <typename Geometry>
void ExactOutput::setImage(Geometry& geometry, const Shape& shape) const
{
    if (shape.size() > 3)
        geometry.y.input = shape[shape.size() - 2];
    geometry.x.input = shape.back();
    geometry.y = withAutoPad(geometry.y, m_autoPad);
    geometry.x = withAutoPad(geometry.x, m_autoPad);
    geometry.validate();
}

void ExactOutput::setInput(const Shape& shape, std::span<const float> levels)
{
    m_levels = levels;
    if (m_isConv)
        setImage(m_conv, shape);
    else if (m_transposed)
        setImage(*m_transposed, shape);
}

ExactOutput::Sums ExactOutput::transposed(std::size_t index) const
{
    const TransposeGeometry& g = *m_transposed;
    const auto positions = static_cast<std::size_t>(g.positions());
    const auto position = static_cast<std::int64_t>(index % positions);
    const auto output = static_cast<std::int64_t>(index / positions % m_outputs);
    const float* const image = m_levels.data() + index / positions / m_outputs * g.inputSize();
    const float* const weights =
        m_weights.data() + static_cast<std::size_t>(output % g.groupOutputs()) * m_depth;
    const std::int64_t first = output / g.groupOutputs() * g.groupChannels();
    Sums sums;
    for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
        const std::int64_t y = elementFor(g.y, position / g.x.output(), tap / g.x.kernel);
        const std::int64_t x = elementFor(g.x, position % g.x.output(), tap % g.x.kernel);
        if (y < 0 || x < 0)
            continue;
        for (std::int64_t c = first; c < first + g.groupChannels(); ++c)
            sums.add(image[(c * g.y.input + y) * g.x.input + x], weights[c * g.taps() + tap]);
    }
    return sums;
}

ExactOutput::Sums ExactOutput::multiplied(std::size_t index) const
{
    const float* const x = m_levels.data() + index / m_outputs * m_depth;
    const float* const w = m_weights.data() + index % m_outputs * m_depth;
    Sums sums;
    for (std::size_t k = 0; k < m_depth; ++k)
        sums.add(x[k], w[k]);
    return sums;
}

ExactOutput::Sums ExactOutput::convolved(std::size_t index) const
{
    const auto positions = static_cast<std::size_t>(m_conv.positions());
    const auto position = static_cast<std::int64_t>(index % positions);
    const auto output = static_cast<std::int64_t>(index / positions % m_outputs);
    const float* const image = m_levels.data() + index / positions / m_outputs * m_conv.inputSize();
    const float* w = m_weights.data() + static_cast<std::size_t>(output) * m_depth;
    const std::int64_t top = position / m_conv.x.output() * m_conv.y.stride - m_conv.y.padBegin;
    const std::int64_t left = position % m_conv.x.output() * m_conv.x.stride - m_conv.x.padBegin;
    const std::int64_t first = output / m_conv.groupOutputs() * m_conv.groupChannels();
    Sums sums;
    for (std::int64_t c = first; c < first + m_conv.groupChannels(); ++c) {
        for (std::int64_t ky = 0; ky < m_conv.y.kernel; ++ky) {
            for (std::int64_t kx = 0; kx < m_conv.x.kernel; ++kx, ++w) {
                const std::int64_t y = top + ky * m_conv.y.dilation;
                const std::int64_t x = left + kx * m_conv.x.dilation;
                if (y >= 0 && y < m_conv.y.input && x >= 0 && x < m_conv.x.input)
                    sums.add(image[(c * m_conv.y.input + y) * m_conv.x.input + x], *w);
            }
        }
    }
    return sums;
}

ExactValue ExactOutput::at(std::size_t index) const
{
    const Sums sums = m_isConv ? convolved(index) : m_transposed ? transposed(index) : multiplied(index);
    const auto perOutput = static_cast<std::size_t>(m_isConv       ? m_conv.positions()
                                                    : m_transposed ? m_transposed->positions()
                                                                   : 1);
    const double bias =
        m_bias.empty() ? 0 : m_beta * static_cast<double>(m_bias[index / perOutput % m_outputs]);
    const double sum = m_alpha * sums.sum;
    constexpr double rounding = 0x1p-24;
    return {sum + bias,
            rounding * (8 * (std::abs(sum) + std::abs(bias)) + 2 * std::abs(m_alpha) * sums.magnitude)};
}

} // namespace quantoscope
