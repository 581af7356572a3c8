// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/productinput.h"

#include "core/formats/onnx/attributes.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

AutoPad autoPadOf(const onnx::NodeProto& node)
{
    const auto* attribute = findAttribute(node, "auto_pad");
    const std::string text = attribute ? attribute->s() : std::string();
    return text == "SAME_UPPER"   ? AutoPad::SameUpper
           : text == "SAME_LOWER" ? AutoPad::SameLower
           : text == "VALID"      ? AutoPad::Valid
                                  : AutoPad::NotSet;
}

std::int64_t entry(const std::optional<std::vector<std::int64_t>>& list, std::size_t index,
                   std::int64_t fallback)
{
    return list && index < list->size() ? (*list)[index] : fallback;
}

std::vector<ConvAxis> windowAxes(const onnx::NodeProto& node, const Shape& weight)
{
    const auto strides = intsAttribute(node, "strides");
    const auto dilations = intsAttribute(node, "dilations");
    const auto pads = intsAttribute(node, "pads");
    const std::size_t count = weight.size() - 2;
    std::vector<ConvAxis> axes;
    for (std::size_t i = 0; i < count; ++i)
        axes.push_back({1, weight[i + 2], entry(strides, i, 1), entry(dilations, i, 1), entry(pads, i, 0),
                        entry(pads, count + i, 0)});
    return axes;
}

ProductInputOrReason windows(const onnx::NodeProto& node, const Shape& weight, ProductInput input)
{
    input.images = true;
    input.transposed = node.op_type() == "ConvTranspose";
    input.groups = static_cast<std::size_t>(std::max<std::int64_t>(1, intAttribute(node, "group", 1)));
    input.axes = windowAxes(node, weight);
    input.autoPad = autoPadOf(node);
    if (!input.transposed) {
        input.features = static_cast<std::size_t>(weight[1]) * input.groups;
        return {input, {}};
    }
    input.features = static_cast<std::size_t>(weight[0]);
    if (input.groups > 1)
        return {input, "its transposed convolution has groups"};
    if (input.autoPad != AutoPad::NotSet || findAttribute(node, "output_shape")
        || findAttribute(node, "output_padding"))
        return {input, "its transposed convolution's size does not follow from its padding"};
    return {input, {}};
}

bool flag(const onnx::NodeProto& node, const char* name) { return intAttribute(node, name, 0) != 0; }

std::size_t countOf(const Shape& shape, std::size_t from, std::size_t to)
{
    std::size_t count = 1;
    for (std::size_t i = from; i < to; ++i)
        count *= static_cast<std::size_t>(shape[i]);
    return count;
}

ProductInputOrReason product(const onnx::NodeProto& node, const Layer& layer, const Shape& weight,
                             const WeightUseNode& use, ProductInput input)
{
    // The weight's reduction axis is the one of its last two that is no output channel.
    const std::size_t rank = weight.size();
    const auto channelAxis = static_cast<std::size_t>(layer.channelAxis);
    input.features = static_cast<std::size_t>(
        rank == 1 ? weight[0] : weight[channelAxis == rank - 1 ? rank - 2 : rank - 1]);
    if (rank > 2 && countOf(weight, 0, rank - 2) != 1)
        return {input, "its weight is a stack of matrices"};
    const bool weightIsLeft = use.slot == 0;
    const bool swapped = flag(node, weightIsLeft ? "transB" : "transA");
    input.axisFromEnd = weightIsLeft != swapped ? 2 : 1;
    return {input, {}};
}

} // namespace

std::size_t ProductInput::taps() const
{
    std::size_t count = 1;
    for (const ConvAxis& axis : axes)
        count *= static_cast<std::size_t>(axis.kernel);
    return count;
}

std::size_t ProductInput::featureAxis(const Shape& shape) const
{
    // A vector on the right of a matrix lies along the features.
    const auto fromEnd = static_cast<std::size_t>(shape.size() == 1 ? 1 : axisFromEnd);
    const bool rankFits = images ? shape.size() == axes.size() + 2 : shape.size() >= fromEnd;
    const std::size_t axis = images ? 1 : shape.size() - fromEnd;
    if (!rankFits || static_cast<std::size_t>(shape[axis]) != features)
        throw Error(ErrorCode::InvalidArgument,
                    "The value '" + value + "' has the shape " + toText(shape) + ", but its layer reads "
                        + std::to_string(features) + (images ? " channels of it." : " features of it."),
                    value);
    return axis;
}

ProductInputOrReason productInputOf(const onnx::NodeProto& node, const Layer& layer, const Shape& weight,
                                    const WeightUseNode& use)
{
    ProductInput input;
    input.value = use.input;
    switch (layer.kind) {
    case LayerKind::Conv:
    case LayerKind::DepthwiseConv:
    case LayerKind::ConvTranspose:
        return windows(node, weight, input);
    case LayerKind::Gemm:
    case LayerKind::MatMul:
        return product(node, layer, weight, use, input);
    case LayerKind::Embedding:
        return {input, "an embedding multiplies nothing: it looks rows up"};
    case LayerKind::Lstm:
    case LayerKind::Gru:
    case LayerKind::Rnn:
        return {input, "the states inside a recurrent layer cannot be observed"};
    case LayerKind::Array:
        break;
    }
    return {input, "a bare array has no inputs"};
}

namespace {

/// body(first value of a stretch, its length, feature) for the whole value in order.
template <class Body>
void forFeatures(const ProductInput& input, const ValueView& value, Body body)
{
    const std::size_t axis = input.featureAxis(value.shape);
    const std::size_t inner = countOf(value.shape, axis + 1, value.shape.size());
    if (inner == 0)
        return;
    for (std::size_t at = 0, feature = 0; at < value.values.size(); at += inner) {
        body(value.values.subspan(at, inner), feature);
        feature = feature + 1 == input.features ? 0 : feature + 1;
    }
}

} // namespace

void raiseMagnitudes(const ProductInput& input, const ValueView& value, std::span<float> largest)
{
    forFeatures(input, value, [&](std::span<const float> stretch, std::size_t feature) {
        float& top = largest[feature];
        for (const float x : stretch)
            if (std::abs(x) > top && std::isfinite(x))
                top = std::abs(x);
    });
}

std::vector<float> unmarkedValues(const ProductInput& input, const ValueView& value,
                                  std::span<const std::uint8_t> marked)
{
    std::vector<float> kept;
    forFeatures(input, value, [&](std::span<const float> stretch, std::size_t feature) {
        if (marked[feature] == 0)
            kept.insert(kept.end(), stretch.begin(), stretch.end());
    });
    return kept;
}

} // namespace quantoscope
