// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/qdq/integerforms.h"

#include "core/quant/quantize.h"
#include "core/tensor/channelmajor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

bool fits(CodeRange codes, int lowest, int highest) { return codes.min >= lowest && codes.max <= highest; }

std::string whyNoCodes(const Layer& layer, const QuantizedLayer& quantized, int front)
{
    const ParamSets& params = *quantized.params;
    if (params.scheme.format != Format::Int || params.scheme.bits > 8)
        return "QLinear operators have 8-bit integer weights, not " + toText(params.scheme) + ".";
    if (params.coded && (!params.coded->halfColumns.empty() || !params.coded->columnFactors.empty()))
        return "Columns with factors or floats of their own are no integer product.";
    if (params.layout.count() != 1 && (params.layout.perChannelSets() != 1 || front != layer.channelAxis))
        return "QLinear operators have one scale a tensor or an output channel.";
    const std::int32_t zero = params.sets.front().zeroPoint;
    for (const SetParams& set : params.sets)
        if (set.offset != 0 || set.zeroPoint != zero || !(set.scale > 0))
            return "QLinear operators have weights of one integer zero point and positive scales.";
    if (!fits(params.codes, -128, 127) && !fits(params.codes, 0, 255))
        return "The codes of its weight fit neither int8 nor uint8.";
    return {};
}

} // namespace

std::string whyNotStandard(const ActivationScheme& act)
{
    const CodeRange codes = codeRange(schemeOf(act));
    if (act.format != Format::Int || act.bits != 8)
        return "QuantizeLinear to 8 bits has no activations of " + std::to_string(act.bits) + "-bit "
               + std::string(nameOf(act.format)) + ".";
    if (act.grid == Grid::MidRise || act.grid == Grid::Offset || act.grid == Grid::SymmetricSigned)
        return "QuantizeLinear has an integer zero point and a positive scale, not grid "
               + std::string(nameOf(act.grid)) + ".";
    if (act.rounding.kind != Rounding::Kind::HalfEven)
        return "QuantizeLinear rounds ties to even.";
    if (act.granularity.kind != Granularity::Kind::Tensor)
        return "QuantizeLinear has one scale for all samples.";
    // The restricted grid leaves one code of 256 out, which tools leave to saturation too.
    const bool all = (fits(codes, -128, 127) || fits(codes, 0, 255)) && codes.max - codes.min >= 254;
    return all ? "" : "QuantizeLinear saturates at the ends of int8 or uint8, not at other codes.";
}

CodeGrid gridFor(const ActivationScheme& act, const Interval& range)
{
    const Scheme scheme = schemeOf(act);
    const SetParams set = makeParams(scheme, range);
    return {set.scale, set.zeroPoint, codeRange(scheme).min < 0};
}

IntegerWeight integerWeight(const Network& network, const QuantizedLayer& quantized)
{
    const Layer& layer = network.layer(quantized.layer);
    const Weight& weight = network.weightOf(layer);
    const int front = frontAxis(quantized.scheme, weight.data.shape, layer.channelAxis);
    IntegerWeight result;
    result.reason = whyNoCodes(layer, quantized, front);
    if (!result.reason.empty())
        return result;
    const ParamSets& params = *quantized.params;
    const ChannelMajor values = channelMajor(valuesOf(weight), weight.data.shape, front);
    const QuantizedValues levels = quantize(values, params);
    result.codes.resize(levels.codes.size());
    for (std::size_t i = 0; i < levels.codes.size(); ++i)
        result.codes[values.memoryIndex(i)] =
            levels.finite[i] != 0 ? levels.codes[i] : params.sets.front().zeroPoint;
    for (const SetParams& set : params.sets)
        result.scales.push_back(set.scale);
    result.zeroPoint = params.sets.front().zeroPoint;
    result.isSigned = fits(params.codes, -128, 127);
    result.axis = params.layout.count() == 1 ? -1 : front;
    return result;
}

std::vector<std::int32_t> integerBias(std::span<const float> bias, float inputScale,
                                      std::span<const float> weightScales)
{
    std::vector<std::int32_t> codes;
    for (std::size_t i = 0; i < bias.size(); ++i) {
        const double scale = static_cast<double>(inputScale * weightScales[weightScales.size() == 1 ? 0 : i]);
        const double code = std::nearbyint(static_cast<double>(bias[i]) / scale);
        constexpr double most = std::numeric_limits<std::int32_t>::max();
        codes.push_back(std::isnan(code) ? 0 : static_cast<std::int32_t>(std::clamp(code, -most - 1, most)));
    }
    return codes;
}

onnx::TensorProto codeTensor(const Shape& shape, std::span<const std::int32_t> codes, bool isSigned)
{
    onnx::TensorProto tensor;
    tensor.set_data_type(isSigned ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8);
    for (const std::int64_t size : shape)
        tensor.add_dims(size);
    std::string& bytes = *tensor.mutable_raw_data();
    bytes.reserve(codes.size());
    for (const std::int32_t code : codes)
        bytes.push_back(static_cast<char>(code));
    return tensor;
}

onnx::TensorProto int32Tensor(const Shape& shape, std::span<const std::int32_t> values)
{
    onnx::TensorProto tensor;
    tensor.set_data_type(onnx::TensorProto::INT32);
    for (const std::int64_t size : shape)
        tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size_bytes());
    return tensor;
}

onnx::TensorProto int64Tensor(const std::vector<std::int64_t>& values)
{
    onnx::TensorProto tensor;
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
    return tensor;
}

} // namespace quantoscope
