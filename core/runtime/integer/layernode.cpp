// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/layernode.h"

#include "core/formats/onnx/attributes.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"

#include <algorithm>
#include <numeric>

namespace quantoscope {

namespace {

[[noreturn]] void unsupported(const std::string& why) { throw Error(ErrorCode::Unsupported, why); }

const Layer& layerOf(const LayerNodeWork& work) { return work.network.layer(work.quantized.layer); }

const Shape& weightShape(const LayerNodeWork& work)
{
    return work.network.weightOf(layerOf(work)).data.shape;
}

/// The weight [outputs][depth] under its parameters.
LayerWork weightsOf(const LayerNodeWork& work)
{
    const Layer& layer = layerOf(work);
    const Weight& weight = work.network.weightOf(layer);
    const Scheme& scheme = work.quantized.scheme;
    if (weight.data.shape.size() > 1
        && frontAxis(scheme, weight.data.shape, layer.channelAxis) != layer.channelAxis)
        unsupported("Scales along the inputs cannot be taken out of a sum over them.");
    if (!weight.stored && weight.data.dtype != DType::F32)
        unsupported("It computes in " + std::string(nameOf(weight.data.dtype))
                    + ", kernels run between float32 values.");
    LayerWork result;
    result.weights = channelMajor(valuesOf(weight), weight.data.shape, layer.channelAxis);
    result.params = work.quantized.params;
    result.act = scheme.act;
    result.rows = 0;
    result.signScale = work.quantized.signScale;
    return result;
}

/// The constant addend as one value an output; none: empty. `perRow`: outputs are the rows of the result.
std::vector<float> biasOf(const LayerNodeWork& work, std::size_t outputs, bool perRow)
{
    const bool has = work.node.input_size() > 2 && !work.node.input(2).empty();
    std::vector<float> bias = work.quantized.bias;
    if (bias.empty() && has) {
        if (!work.bias)
            unsupported("Its bias is no constant.");
        const Shape& shape = work.bias->shape;
        const FloatArray values = floatsOf(*work.bias);
        bias.assign(values.values.begin(), values.values.end());
        const std::int64_t along = shape.empty() ? 1
                                   : perRow      ? (shape.size() > 1 ? shape[shape.size() - 2] : 1)
                                                 : shape.back();
        if (bias.size() != 1 && (bias.size() != outputs || along != static_cast<std::int64_t>(outputs)))
            unsupported("Its addend is not one value an output.");
    }
    if (bias.size() == 1)
        bias.assign(outputs, bias.front());
    if (!bias.empty() && bias.size() != outputs)
        unsupported("Its bias has not one value an output.");
    return bias;
}

RangeShare shareOf(const LayerNodeWork& work)
{
    const std::optional<ActivationScheme>& act = work.quantized.scheme.act;
    if (act && act->granularity.kind == Granularity::Kind::Row)
        return RangeShare::Row;
    return work.dynamicRange == DynamicRange::Sample ? RangeShare::Sample : RangeShare::Tensor;
}

std::unique_ptr<LayerOperator> productFor(const LayerNodeWork& work, Isa isa, std::stop_token stop)
{
    const bool isGemm = work.node.op_type() == "Gemm";
    if (weightShape(work).size() != 2)
        unsupported(weightShape(work).size() < 2 ? "Its weight is a single vector."
                                                 : "A stack of matrices is no single product.");
    const auto flag = [&](const char* name) { return isGemm && intAttribute(work.node, name, 0) != 0; };
    const bool left = work.slot == 0;
    const bool turned = left ? !flag("transB") : flag("transA");
    const std::optional<ActivationScheme>& act = work.quantized.scheme.act;
    if (turned && act && (shareOf(work) == RangeShare::Row || act->range.kind == RangeRule::Kind::Dynamic))
        unsupported("The columns of its data are multiplied, not the rows: use static ranges of the whole "
                    "tensor.");
    LayerWork layer = weightsOf(work);
    ProductForm form;
    form.isGemm = isGemm;
    form.inputTurned = turned;
    form.outputTurned = left;
    form.outputs = layer.weights.channels;
    form.depth = layer.weights.perChannel;
    std::vector<float> bias = biasOf(work, form.outputs, left);
    const onnx::AttributeProto* beta = isGemm ? findAttribute(work.node, "beta") : nullptr;
    if (beta != nullptr)
        for (float& value : bias)
            value *= beta->f();
    const onnx::AttributeProto* alpha = isGemm ? findAttribute(work.node, "alpha") : nullptr;
    form.alpha = alpha != nullptr ? alpha->f() : 1;
    const bool inKernel = form.alpha == 1;
    (inKernel ? layer.bias : form.bias) = std::move(bias);
    (inKernel ? layer.low : form.low) = work.low;
    (inKernel ? layer.high : form.high) = work.high;
    return makeProductOperator(layerOf(work).name,
                               makeLayerKernel(std::move(layer), isa, KernelChoice::Fastest, stop),
                               shareOf(work), std::move(form));
}

AutoPad autoPadOf(const onnx::NodeProto& node)
{
    const onnx::AttributeProto* attribute = findAttribute(node, "auto_pad");
    const std::string text = attribute == nullptr ? "NOTSET" : attribute->s();
    if (text == "SAME_UPPER")
        return AutoPad::SameUpper;
    if (text == "SAME_LOWER")
        return AutoPad::SameLower;
    return text == "VALID" ? AutoPad::Valid : AutoPad::NotSet;
}

std::vector<std::int64_t> integersIn(const LayerNodeWork& work, const char* name, std::size_t count,
                                     std::int64_t otherwise)
{
    const std::optional<std::vector<std::int64_t>> found = intsAttribute(work.node, name);
    if (!found || found->empty())
        return std::vector<std::int64_t>(count, otherwise);
    if (found->size() != count)
        unsupported("Its attribute " + std::string(name) + " has not " + std::to_string(count) + " numbers.");
    return *found;
}

/// Images as small as the kernel and its padding allow: their real sizes come at run time.
ConvForm convFormOf(const LayerNodeWork& work)
{
    const Shape& shape = weightShape(work);
    const std::size_t axes = shape.size() - 2;
    if (shape.size() < 3 || axes > 2)
        unsupported("Kernels convolve over one or two axes, not over " + std::to_string(shape.size() - 2)
                    + ".");
    ConvForm form;
    form.oneAxis = axes == 1;
    form.autoPad = autoPadOf(work.node);
    form.geometry.groups = intAttribute(work.node, "group", 1);
    form.geometry.outputs = shape[0];
    form.geometry.channels = shape[1] * form.geometry.groups;
    const std::vector<std::int64_t> strides = integersIn(work, "strides", axes, 1);
    const std::vector<std::int64_t> dilations = integersIn(work, "dilations", axes, 1);
    const std::vector<std::int64_t> pads = integersIn(work, "pads", 2 * axes, 0);
    for (std::size_t i = 0; i < axes; ++i) {
        ConvAxis axis{1, shape[2 + i], strides[i], dilations[i], pads[i], pads[axes + i]};
        if (form.autoPad != AutoPad::NotSet)
            axis.padBegin = axis.padEnd = 0;
        axis.input = std::max<std::int64_t>(1, axis.reach() - axis.padBegin - axis.padEnd);
        (i + 1 == axes ? form.geometry.x : form.geometry.y) = axis;
    }
    return form;
}

std::unique_ptr<LayerOperator> convFor(const LayerNodeWork& work, Isa isa, std::stop_token stop)
{
    const ConvForm form = convFormOf(work);
    LayerWork layer = weightsOf(work);
    layer.conv = form.of(form.geometry.y.input, form.geometry.x.input);
    layer.bias = biasOf(work, layer.weights.channels, false);
    layer.low = work.low;
    layer.high = work.high;
    return makeConvOperator(layerOf(work).name,
                            makeLayerKernel(std::move(layer), isa, KernelChoice::Fastest, stop),
                            shareOf(work), form);
}

/// The same of a transposed convolution, whose weight is [channels][outputs / groups][kernel].
TransposeForm transposeFormOf(const LayerNodeWork& work)
{
    const Shape& shape = weightShape(work);
    const std::size_t axes = shape.size() - 2;
    if (shape.size() < 3 || axes > 2)
        unsupported("Kernels convolve over one or two axes, not over " + std::to_string(axes) + ".");
    if (findAttribute(work.node, "output_shape") != nullptr)
        unsupported("Its attribute output_shape asks for padding that depends on the image: say pads.");
    TransposeForm form;
    form.oneAxis = axes == 1;
    form.autoPad = autoPadOf(work.node);
    form.geometry.groups = intAttribute(work.node, "group", 1);
    form.geometry.channels = shape[0];
    form.geometry.outputs = shape[1] * form.geometry.groups;
    const std::vector<std::int64_t> strides = integersIn(work, "strides", axes, 1);
    const std::vector<std::int64_t> dilations = integersIn(work, "dilations", axes, 1);
    const std::vector<std::int64_t> pads = integersIn(work, "pads", 2 * axes, 0);
    const std::vector<std::int64_t> outputPadding = integersIn(work, "output_padding", axes, 0);
    for (std::size_t i = 0; i < axes; ++i) {
        TransposeAxis axis{1,       shape[2 + i],   strides[i],      dilations[i],
                           pads[i], pads[axes + i], outputPadding[i]};
        if (form.autoPad != AutoPad::NotSet)
            axis.padBegin = axis.padEnd = 0;
        if (axis.output() < 1 && axis.stride > 0)
            axis.input += (axis.stride - axis.output()) / axis.stride;
        (i + 1 == axes ? form.geometry.x : form.geometry.y) = axis;
    }
    return form;
}

std::unique_ptr<LayerOperator> transposeFor(const LayerNodeWork& work, Isa isa, std::stop_token stop)
{
    const TransposeForm form = transposeFormOf(work);
    LayerWork layer = weightsOf(work);
    layer.transposed = form.of(form.geometry.y.input, form.geometry.x.input);
    layer.bias = biasOf(work, static_cast<std::size_t>(form.geometry.outputs), false);
    layer.low = work.low;
    layer.high = work.high;
    return makeTransposeOperator(layerOf(work).name,
                                 makeLayerKernel(std::move(layer), isa, KernelChoice::Fastest, stop),
                                 shareOf(work), form);
}

} // namespace

std::unique_ptr<LayerOperator> operatorFor(const LayerNodeWork& work, Isa isa, std::stop_token stop)
{
    const std::string& op = work.node.op_type();
    const bool standard = work.node.domain().empty() || work.node.domain() == "ai.onnx";
    if (standard && op == "Conv" && work.slot == 1)
        return convFor(work, isa, stop);
    if (standard && op == "ConvTranspose" && work.slot == 1)
        return transposeFor(work, isa, stop);
    if (standard && (op == "Gemm" || op == "MatMul"))
        return productFor(work, isa, stop);
    unsupported("The operator " + op + " has no integer kernel.");
}

} // namespace quantoscope
