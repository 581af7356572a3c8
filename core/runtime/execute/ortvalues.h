// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <onnxruntime_cxx_api.h>

#include <optional>

namespace quantoscope {

/// ONNX Runtime's number for a type is ONNX's own but for those of 2 bits.
ONNXTensorElementDataType ortTypeOf(DType type);
/// Nothing for types that we do not hold.
std::optional<DType> dtypeOf(ONNXTensorElementDataType type);

/// ONNX Runtime's view of the tensor, which must outlive it. ONNX Runtime only reads inputs and initializers.
Ort::Value viewOf(const Tensor& tensor);

} // namespace quantoscope
