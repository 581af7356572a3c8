// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/fakesession.h"

namespace quantoscope {

/// The network in standard operators, for ONNX Runtime's own 8-bit path and for other programs.
///   static    QuantizeLinear and DequantizeLinear around the inputs, weights (int8 or uint8), biases (int32) and outputs of Conv,
///             Gemm and MatMul: with SessionOptions::quantizedFusions ONNX Runtime makes QLinearConv, QGemm and QLinearMatMul of them
///   dynamic   DynamicQuantizeLinear with ConvInteger or MatMulInteger: the range is that of the whole batch
/// Layers that standard operators cannot express (other widths, grids, formats, bodies, operators) stay float and say why. Where a
/// graph output is quantized, it is the dequantized one. Names of values stay; operators is null.
/// Throws Error, Cancelled. Source: operators QuantizeLinear to DynamicQuantizeLinear of ONNX.
EditedModel qdqQuantized(const QuantizedNetwork& network, std::stop_token stop = {});

} // namespace quantoscope
