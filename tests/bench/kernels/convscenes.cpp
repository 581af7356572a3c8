// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/dnnlpeers.h"
#include "tests/bench/kernels/products.h"
#include "tests/bench/kernels/suites.h"

#include "core/kernels/conv/convolution.h"
#include "core/runtime/peers/ortpeers.h"

namespace quantoscope::bench {

namespace {

const char* const ortConvFloat = "ONNX Runtime Conv";
const char* const ortConvInt8 = "ONNX Runtime QLinearConv";

ConvGeometry geometryOf(const DnnlConv& conv)
{
    const ConvAxis axis{conv.side, conv.kernel, 1, 1, conv.pad, conv.pad};
    return {conv.channels, conv.outputs, conv.groups, axis, axis};
}

/// int8 in and out, requantized by float multipliers as ONNX Runtime's operator is.
Call ourConv(const DnnlConv& conv, ImageLayout layout)
{
    struct Side
    {
        PackedConv packed;
        std::vector<std::int8_t> image;
        std::vector<RowTerms> terms;
        std::vector<float> multipliers;
        std::vector<std::int32_t> bias;
        std::vector<std::int8_t> out;
        ConvScratch scratch;
    };
    const ConvGeometry geometry = geometryOf(conv);
    const auto side = std::make_shared<Side>();
    side->packed = packConv(
        weightsOf(static_cast<std::size_t>(conv.outputs), static_cast<std::size_t>(geometry.depth()), 8),
        geometry, bestIsa());
    side->image = randomInts(geometry.inputSize());
    side->terms = {{0.01f, 0, 5, 0}};
    side->multipliers.assign(static_cast<std::size_t>(conv.outputs), 0.001f);
    side->bias.assign(static_cast<std::size_t>(conv.outputs), 7);
    side->out.resize(geometry.outputSize());
    return [side, layout] {
        QuantizedOutput rule;
        rule.rule = Requantization::Float;
        rule.bias = side->bias.data();
        rule.floatMultipliers = side->multipliers.data();
        convolve(side->packed, {side->image, 1, layout, 1, side->terms}, {ConvCodes{side->out, rule}, layout},
                 side->scratch);
    };
}

Shape imageShape(const DnnlConv& conv) { return {1, conv.channels, conv.side, conv.side}; }
Shape weightShape(const DnnlConv& conv)
{
    return {conv.outputs, conv.channels / conv.groups, conv.kernel, conv.kernel};
}

template <typename T>
Tensor tensorOf(Shape shape, const std::vector<T>& values)
{
    return tensorFrom<T>(std::move(shape), values);
}

ConvAttributes attributesOf(const DnnlConv& conv)
{
    ConvAttributes attributes;
    attributes.pads.assign(4, conv.pad);
    attributes.group = conv.groups;
    return attributes;
}

Call ortCall(const OrtNode& node)
{
    return [peer = std::make_shared<OrtPeer>(node)] { peer->run(); };
}

/// uint8 images and int8 weights with a scale for each output: what ONNX Runtime's quantization tools write.
Call ortInt8(const DnnlConv& conv)
{
    const Shape image = imageShape(conv);
    const Shape weights = weightShape(conv);
    const std::vector<std::uint8_t> codes(*elementCount(image), 130);
    const auto outputs = static_cast<std::size_t>(conv.outputs);
    const std::vector<std::int32_t> bias(outputs, 7);
    return ortCall(ortQLinearConv({tensorOf(image, codes), {0.01f}, {128}},
                                  {tensorOf(weights, randomInts(*elementCount(weights))),
                                   std::vector<float>(outputs, 0.01f), std::vector<std::int32_t>(outputs)},
                                  bias, {DType::U8, 0.1f, 128}, attributesOf(conv)));
}

Call ortFloat32(const DnnlConv& conv)
{
    const Shape image = imageShape(conv);
    const Shape weights = weightShape(conv);
    return ortCall(ortConv(tensorOf(image, randomFloats(*elementCount(image))),
                           tensorOf(weights, randomFloats(*elementCount(weights))), attributesOf(conv)));
}

Scene convScene(const std::string& name, const DnnlConv& conv, double overFloat)
{
    const std::string row = "kernels: int8 convolution " + name;
    Scene scene;
    // With ONNX Runtime's operators channels lie first, as in its tensors; against floats everyone's image lies as he likes best.
    scene.rows = {{row + ", ONNX Runtime", "int8", {ortConvInt8}, 1, By::Macs},
                  {row + ", channels last, best float",
                   "int8 channels last",
                   {dnnlFloat, ortConvFloat},
                   overFloat,
                   By::Macs}};
    scene.make = [conv](Contenders& contenders) {
        const ConvGeometry geometry = geometryOf(conv);
        const double macs = static_cast<double>(geometry.depth() * geometry.outputs * geometry.positions());
        contenders.add("int8", macs, 0, [&] { return ourConv(conv, ImageLayout::Nchw); });
        contenders.add("int8 channels last", macs, 0, [&] { return ourConv(conv, ImageLayout::Nhwc); });
        contenders.add(ortConvInt8, macs, 0, [&] { return ortInt8(conv); });
        contenders.add(ortConvFloat, macs, 0, [&] { return ortFloat32(conv); });
        contenders.add(dnnlFloat, macs, 0, [&] { return dnnlConv(conv, 1); });
    };
    return scene;
}

} // namespace

std::vector<Scene> convScenes()
{
    return {convScene("3x3 64-64 on 56x56", {64, 64, 56, 3, 1, 1}, 3),
            convScene("1x1 256-64 on 28x28", {256, 64, 28, 1, 0, 1}, 3),
            convScene("depthwise 3x3 on 112x112x32", {32, 32, 112, 3, 1, 32}, 2)};
}

} // namespace quantoscope::bench
