// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/quantizednetwork.h"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace quantoscope {

/// What QuantizeLinear makes of a value: 8-bit codes, real = scale · (code - zeroPoint).
struct CodeGrid
{
    float scale = 1;
    std::int32_t zeroPoint = 0;
    bool isSigned = false;
    bool operator==(const CodeGrid&) const = default;
};

/// Why QuantizeLinear cannot quantize activations so; "" when it can.
std::string whyNotStandard(const ActivationScheme& act);

/// The grid for a range. whyNotStandard(act) is "".
CodeGrid gridFor(const ActivationScheme& act, const Interval& range);

/// 8-bit codes of a weight in the order of its tensor, with one scale or one an index of `axis`.
struct IntegerWeight
{
    std::vector<std::int32_t> codes;
    std::vector<float> scales;
    std::int32_t zeroPoint = 0;
    bool isSigned = true;
    int axis = -1;      ///< -1: one scale
    std::string reason; ///< why there is none; "" when there is one
};
IntegerWeight integerWeight(const Network& network, const QuantizedLayer& quantized);

/// int32 codes of a bias at the scales s_x · s_w, clamped.
std::vector<std::int32_t> integerBias(std::span<const float> bias, float inputScale,
                                      std::span<const float> weightScales);

/// Codes as int8 or uint8; one code or scale as a scalar where `shape` is empty.
onnx::TensorProto codeTensor(const Shape& shape, std::span<const std::int32_t> codes, bool isSigned);
onnx::TensorProto int32Tensor(const Shape& shape, std::span<const std::int32_t> values);
onnx::TensorProto int64Tensor(const std::vector<std::int64_t>& values);

} // namespace quantoscope
