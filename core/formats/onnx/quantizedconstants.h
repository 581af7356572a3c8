// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/constant.h"

#include <cstdint>

namespace quantoscope {

struct CodeParameters
{
    std::string op;
    const Constant* scale = nullptr; ///< null: codes without a scale
    const Constant* zeroPoint = nullptr;
    std::int64_t axis = 0;  ///< may be negative; ignored for a single scale
    std::int64_t block = 0; ///< ONNX block_size; 0: one scale per index of the axis
};

/// `codes` as a weight that is stored quantized. Throws Error when types or shapes do not fit.
Constant quantizedConstant(const Constant& codes, const CodeParameters& parameters);

/// com.microsoft MatMulNBits: blob [N, blocks, block·bits/8] of codes, low bits first.
struct BlockedMatMul
{
    std::int64_t rows = 0;    ///< N, output features
    std::int64_t columns = 0; ///< K, input features
    std::int64_t bits = 4;
    std::int64_t block = 32;
    const Constant* scale = nullptr;     ///< N·blocks values
    const Constant* zeroPoint = nullptr; ///< packed per row, or floats; null: 2^(bits-1)
};

/// The weight as [N, K] codes with blocks along axis 1. Throws Error when sizes do not fit.
Constant blockedConstant(const Constant& blob, const BlockedMatMul& layout);

} // namespace quantoscope
