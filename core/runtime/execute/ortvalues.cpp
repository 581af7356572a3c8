// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/ortvalues.h"

#include "core/formats/onnx/tensordecoder.h"

namespace quantoscope {

ONNXTensorElementDataType ortTypeOf(DType type)
{
    if (type == DType::U2)
        return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT2;
    if (type == DType::I2)
        return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT2;
    return static_cast<ONNXTensorElementDataType>(onnxTypeOf(type));
}

std::optional<DType> dtypeOf(ONNXTensorElementDataType type)
{
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT2)
        return DType::U2;
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT2)
        return DType::I2;
    if (type >= ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT4E2M1)
        return std::nullopt;
    return dtypeFromOnnx(static_cast<int>(type));
}

Ort::Value viewOf(const Tensor& tensor)
{
    static std::byte nothing{};
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
    // The C interface knows no memory that is only read.
    auto* const data = tensor.bytes.empty() ? &nothing : const_cast<std::byte*>(tensor.bytes.data());
    return Ort::Value::CreateTensor(memory, data, tensor.bytes.size(), tensor.shape.data(),
                                    tensor.shape.size(), ortTypeOf(tensor.dtype));
}

} // namespace quantoscope
