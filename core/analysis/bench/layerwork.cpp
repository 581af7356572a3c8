// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/bench/layerwork.h"

#include "core/formats/synth/synth.h"
#include "core/support/error.h"

#include <algorithm>
#include <charconv>

namespace quantoscope {

namespace {

[[noreturn]] void unsupported(const std::string& why) { throw Error(ErrorCode::Unsupported, why); }

std::vector<std::int64_t> integersIn(const Layer& layer, const std::string& attribute,
                                     std::vector<std::int64_t> otherwise)
{
    const auto found = layer.attributes.find(attribute);
    if (found == layer.attributes.end())
        return otherwise;
    std::vector<std::int64_t> values;
    const std::string& text = found->second;
    for (const char* at = text.data(); at < text.data() + text.size();) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(at, text.data() + text.size(), value);
        if (error != std::errc())
            break;
        values.push_back(value);
        at = end + 1;
    }
    if (values.size() != otherwise.size())
        throw Error(ErrorCode::InvalidArgument, "Layer '" + layer.name + "': its attribute " + attribute
                                                    + " is '" + text + "', not "
                                                    + std::to_string(otherwise.size()) + " numbers.");
    return values;
}

AutoPad autoPadOf(const Layer& layer)
{
    const auto found = layer.attributes.find("auto_pad");
    if (found == layer.attributes.end() || found->second == "NOTSET")
        return AutoPad::NotSet;
    if (found->second == "SAME_UPPER")
        return AutoPad::SameUpper;
    return found->second == "SAME_LOWER" ? AutoPad::SameLower : AutoPad::Valid;
}

/// [N, channels, (height,) width].
const Shape& imageShape(const Layer& layer, const Shape& weight, const InputShapes& shapes)
{
    if (weight.size() < 3 || weight.size() > 4)
        unsupported("Kernels convolve over one or two axes, not "
                    + std::to_string(weight.size() < 2 ? 0 : weight.size() - 2) + ".");
    const auto input = shapes.find(layer.input);
    if (input == shapes.end() || input->second.size() != weight.size())
        unsupported("The size of its input is not known, so there is nothing to time.");
    return input->second;
}

ConvGeometry geometryOf(const Layer& layer, const Shape& weight, const Shape& input)
{
    const std::size_t axes = weight.size() - 2;
    ConvGeometry conv;
    conv.channels = input[1];
    conv.outputs = weight[0];
    conv.groups = integersIn(layer, "group", {1})[0];
    const std::vector<std::int64_t> ones(axes, 1);
    const std::vector<std::int64_t> strides = integersIn(layer, "strides", ones);
    const std::vector<std::int64_t> dilations = integersIn(layer, "dilations", ones);
    const std::vector<std::int64_t> pads = integersIn(layer, "pads", std::vector<std::int64_t>(2 * axes, 0));
    for (std::size_t i = 0; i < axes; ++i) {
        const ConvAxis axis{input[2 + i], weight[2 + i], strides[i], dilations[i], pads[i], pads[axes + i]};
        (i + 1 == axes ? conv.x : conv.y) = withAutoPad(axis, autoPadOf(layer));
    }
    conv.validate();
    return conv;
}

TransposeGeometry transposedGeometryOf(const Layer& layer, const Shape& weight, const Shape& input)
{
    const std::size_t axes = weight.size() - 2;
    if (layer.attributes.contains("output_shape"))
        unsupported("Its attribute output_shape asks for padding that depends on the image.");
    TransposeGeometry geometry;
    geometry.channels = input[1];
    geometry.groups = integersIn(layer, "group", {1})[0];
    geometry.outputs = weight[1] * geometry.groups;
    const std::vector<std::int64_t> ones(axes, 1);
    const std::vector<std::int64_t> zeros(axes, 0);
    const std::vector<std::int64_t> strides = integersIn(layer, "strides", ones);
    const std::vector<std::int64_t> dilations = integersIn(layer, "dilations", ones);
    const std::vector<std::int64_t> pads = integersIn(layer, "pads", std::vector<std::int64_t>(2 * axes, 0));
    const std::vector<std::int64_t> outputPadding = integersIn(layer, "output_padding", zeros);
    for (std::size_t i = 0; i < axes; ++i) {
        const TransposeAxis axis{input[2 + i], weight[2 + i],  strides[i],      dilations[i],
                                 pads[i],      pads[axes + i], outputPadding[i]};
        (i + 1 == axes ? geometry.x : geometry.y) = withAutoPad(axis, autoPadOf(layer));
    }
    geometry.validate();
    return geometry;
}

std::size_t rowsOf(const Layer& layer, std::size_t depth, const InputShapes& shapes, std::size_t batch)
{
    const auto input = shapes.find(layer.input);
    if (input == shapes.end() || input->second.empty() || depth == 0)
        return batch;
    const std::size_t elements = elementCount(input->second).value_or(0);
    const auto samples = static_cast<std::size_t>(std::max<std::int64_t>(1, input->second.front()));
    return batch * std::max<std::size_t>(1, elements / samples / depth);
}

std::vector<float> standardNormal(std::size_t count)
{
    if (count == 0)
        return {};
    const auto network = readSynth("synth:gauss,shape=" + std::to_string(count) + ",seed=1");
    const FloatArray values = valuesOf(network->weights.front());
    return {values.values.begin(), values.values.end()};
}

void requireProduct(const Layer& layer, const Shape& shape)
{
    switch (layer.kind) {
    case LayerKind::Embedding:
        unsupported("An embedding is looked up, not multiplied.");
    case LayerKind::Lstm:
    case LayerKind::Gru:
    case LayerKind::Rnn:
        if (!shape.empty() && shape[0] != 1)
            unsupported("Both directions of a recurrent layer in one weight are two products; only one is "
                        "timed at a time.");
        break;
    case LayerKind::Gemm:
    case LayerKind::MatMul:
        if (shape.size() > 2)
            unsupported("A stack of matrices is no single product.");
        break;
    default:
        break;
    }
}

} // namespace

LayerWork layerWork(const Network& network, const Layer& layer, LayerData& data, const InputShapes& shapes,
                    std::size_t batch)
{
    const Shape& shape = network.weightOf(layer).data.shape;
    requireProduct(layer, shape);
    LayerWork work;
    work.weights = channelMajor(valuesOf(network.weightOf(layer)), shape, layer.channelAxis);
    if (layer.kind == LayerKind::Conv || layer.kind == LayerKind::DepthwiseConv) {
        work.conv = geometryOf(layer, shape, imageShape(layer, shape, shapes));
        work.rows = batch;
    } else if (layer.kind == LayerKind::ConvTranspose) {
        work.transposed = transposedGeometryOf(layer, shape, imageShape(layer, shape, shapes));
        work.rows = batch;
    } else {
        work.rows = rowsOf(layer, work.weights.perChannel, shapes, batch);
    }
    const std::size_t groups = work.transposed ? static_cast<std::size_t>(work.transposed->groups) : 1;
    if (layer.bias && layer.bias->size() == work.weights.channels * groups) {
        const FloatArray bias = floatsOf(*layer.bias);
        work.bias.assign(bias.values.begin(), bias.values.end());
    }
    if (data.size() == 0)
        unsupported("The weight is empty.");
    work.input = standardNormal(work.inputSize());
    return work;
}

LayerWork withScheme(LayerWork work, const Layer& layer, LayerData& data, const Scheme& scheme,
                     std::stop_token stop)
{
    if (frontAxis(scheme, data.shape(), layer.channelAxis) != layer.channelAxis && data.shape().size() > 1)
        unsupported("Scales along the inputs cannot be taken out of a sum over them.");
    work.params = data.params(scheme, stop);
    work.act = scheme.act;
    return work;
}

} // namespace quantoscope
