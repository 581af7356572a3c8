// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/peers/ortpeers.h"

#include "core/support/error.h"

namespace quantoscope {

namespace {

std::optional<OrtInput> given(Tensor tensor) { return OrtInput{std::move(tensor), false}; }
std::optional<OrtInput> constant(Tensor tensor) { return OrtInput{std::move(tensor), true}; }

/// One value is a scalar.
template <typename T>
std::optional<OrtInput> parameter(std::span<const T> values)
{
    return constant(tensorFrom<T>(
        values.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(values.size())}, values));
}

std::optional<OrtInput> scaleOf(float scale) { return parameter<float>(std::span<const float>(&scale, 1)); }

/// Zero points are of the type of the codes.
template <typename T>
std::optional<OrtInput> typedZeros(std::span<const std::int32_t> zeros)
{
    std::vector<T> typed;
    for (const std::int32_t zero : zeros) {
        typed.push_back(static_cast<T>(zero));
        if (typed.back() != zero)
            throw Error(ErrorCode::InvalidArgument,
                        "The zero point " + std::to_string(zero) + " is no code of its type.");
    }
    return parameter<T>(std::span<const T>(typed));
}

std::optional<OrtInput> zerosOf(DType type, std::span<const std::int32_t> zeros)
{
    return type == DType::I8 ? typedZeros<std::int8_t>(zeros) : typedZeros<std::uint8_t>(zeros);
}

std::optional<OrtInput> zeroOf(const OrtOutput& y)
{
    return zerosOf(y.type, std::span<const std::int32_t>(&y.zero, 1));
}

std::vector<OrtAttribute> attributesOf(const ConvAttributes& conv)
{
    return {
        {"strides", conv.strides}, {"pads", conv.pads}, {"dilations", conv.dilations}, {"group", conv.group}};
}

} // namespace

OrtNode ortMatMul(Tensor a, Tensor b)
{
    return {"MatMul", "", {given(std::move(a)), constant(std::move(b))}, {}, {DType::F32}};
}

OrtNode ortMatMulInteger(Tensor a, Tensor b, Tensor aZero, Tensor bZero)
{
    return {
        "MatMulInteger",
        "",
        {given(std::move(a)), constant(std::move(b)), constant(std::move(aZero)), constant(std::move(bZero))},
        {},
        {DType::I32}};
}

OrtNode ortDynamicQuantizeMatMul(Tensor a, Tensor b, std::span<const float> bScale)
{
    return {"DynamicQuantizeMatMul",
            "com.microsoft",
            {given(std::move(a)), constant(std::move(b)), parameter(bScale)},
            {},
            {DType::F32}};
}

OrtNode ortMatMulNBits(Tensor a, const BlockWeights& weights, int accuracyLevel)
{
    return {"MatMulNBits",
            "com.microsoft",
            {given(std::move(a)), constant(weights.codes), constant(weights.scales)},
            {{"K", weights.depth},
             {"N", weights.outputs},
             {"bits", std::int64_t{weights.bits}},
             {"block_size", std::int64_t{weights.blockSize}},
             {"accuracy_level", std::int64_t{accuracyLevel}}},
            {DType::F32}};
}

OrtNode ortConv(Tensor x, Tensor weights, const ConvAttributes& attributes)
{
    return {"Conv",
            "",
            {given(std::move(x)), constant(std::move(weights))},
            attributesOf(attributes),
            {DType::F32}};
}

OrtNode ortConvTranspose(Tensor x, Tensor weights, const ConvAttributes& attributes,
                         std::vector<std::int64_t> outputPadding)
{
    OrtNode node{"ConvTranspose",
                 "",
                 {given(std::move(x)), constant(std::move(weights))},
                 attributesOf(attributes),
                 {DType::F32}};
    node.attributes.push_back({"output_padding", std::move(outputPadding)});
    return node;
}

OrtNode ortQLinearConv(const OrtQuantized& x, const OrtQuantized& weights, std::span<const std::int32_t> bias,
                       const OrtOutput& y, const ConvAttributes& attributes)
{
    OrtNode node{"QLinearConv",
                 "",
                 {given(x.codes), parameter<float>(x.scale), zerosOf(x.codes.dtype, x.zero),
                  constant(weights.codes), parameter<float>(weights.scale),
                  zerosOf(weights.codes.dtype, weights.zero), scaleOf(y.scale), zeroOf(y)},
                 attributesOf(attributes),
                 {y.type}};
    if (!bias.empty())
        node.inputs.push_back(constant(tensorFrom(Shape{static_cast<std::int64_t>(bias.size())}, bias)));
    return node;
}

OrtNode ortConvInteger(const OrtQuantized& x, const OrtQuantized& weights, const ConvAttributes& attributes)
{
    return {"ConvInteger",
            "",
            {given(x.codes), constant(weights.codes), zerosOf(x.codes.dtype, x.zero),
             zerosOf(weights.codes.dtype, weights.zero)},
            attributesOf(attributes),
            {DType::I32}};
}

OrtNode ortQLinearMatMul(const OrtQuantized& a, const OrtQuantized& b, const OrtOutput& y)
{
    return {"QLinearMatMul",
            "",
            {given(a.codes), parameter<float>(a.scale), zerosOf(a.codes.dtype, a.zero), constant(b.codes),
             parameter<float>(b.scale), zerosOf(b.codes.dtype, b.zero), scaleOf(y.scale), zeroOf(y)},
            {},
            {y.type}};
}

OrtNode ortQuantizeLinear(Tensor x, const OrtOutput& y)
{
    return {"QuantizeLinear", "", {given(std::move(x)), scaleOf(y.scale), zeroOf(y)}, {}, {y.type}};
}

} // namespace quantoscope
