// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/peers/ortpeer.h"

namespace quantoscope {

// The operators that our kernels are compared with, as nodes for OrtPeer. Matrices are row-major; a is input 0, [m][k] and no constant;
// weights are constants, so that ONNX Runtime packs them once. Scales and zero points are scalars for one value, else one a
// column or output channel.

/// y = a · b in float32, b [k][n].
OrtNode ortMatMul(Tensor a, Tensor b);

/// y = (a - aZero) · (b - bZero) in int32. a uint8 or int8, b [k][n] int8 or uint8; the zero points are of their types.
OrtNode ortMatMulInteger(Tensor a, Tensor b, Tensor aZero, Tensor bZero);

/// Float32 in and out: a is quantized to uint8 by its own range, b [k][n] int8 or uint8 with bScale.
OrtNode ortDynamicQuantizeMatMul(Tensor a, Tensor b, std::span<const float> bScale);

/// Float32 in and out: a [m][k] times n outputs of codes in blocks. codes [n][k / blockSize][blockSize · bits / 8] uint8, lowest
/// bits first, scales [n · k / blockSize]; value = scale · (code - 2^(bits - 1)). accuracyLevel 4: a is quantized to int8 block by
/// block; 0: multiplied in float32.
struct BlockWeights
{
    Tensor codes;
    Tensor scales;
    std::int64_t outputs = 0;
    std::int64_t depth = 0;
    int bits = 4; ///< 2, 4 or 8
    int blockSize = 32;
};
OrtNode ortMatMulNBits(Tensor a, const BlockWeights& weights, int accuracyLevel);

/// Of a two-dimensional convolution, as ONNX writes them.
struct ConvAttributes
{
    std::vector<std::int64_t> strides = {1, 1};
    std::vector<std::int64_t> pads = {0, 0, 0, 0}; ///< top, left, bottom, right
    std::vector<std::int64_t> dilations = {1, 1};
    std::int64_t group = 1;
};

/// Float32: x [n][c][h][w], weights [outputs][c / group][kh][kw].
OrtNode ortConv(Tensor x, Tensor weights, const ConvAttributes& attributes);
/// The transposed one: weights [c][outputs / group][kh][kw]; outputPadding: y, x.
OrtNode ortConvTranspose(Tensor x, Tensor weights, const ConvAttributes& attributes,
                         std::vector<std::int64_t> outputPadding);

/// Values x = scale · (code - zero) of uint8 or int8 codes.
struct OrtQuantized
{
    Tensor codes;
    std::vector<float> scale;
    std::vector<std::int32_t> zero; ///< one, or as many as scales
};
/// What comes out; `type` uint8 or int8.
struct OrtOutput
{
    DType type = DType::U8;
    float scale = 1;
    std::int32_t zero = 0;
};

/// bias: int32 at scale x · weights, one an output; empty: none.
OrtNode ortQLinearConv(const OrtQuantized& x, const OrtQuantized& weights, std::span<const std::int32_t> bias,
                       const OrtOutput& y, const ConvAttributes& attributes);
/// In int32, without scales; zero points scalar.
OrtNode ortConvInteger(const OrtQuantized& x, const OrtQuantized& weights, const ConvAttributes& attributes);

/// b [k][n].
OrtNode ortQLinearMatMul(const OrtQuantized& a, const OrtQuantized& b, const OrtOutput& y);

/// y = QuantizeLinear(x, scale, zero).
OrtNode ortQuantizeLinear(Tensor x, const OrtOutput& y);

} // namespace quantoscope
