// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/externaldata.h"
#include "core/tensor/tensor.h"

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace quantoscope {

/// Our type for an ONNX TensorProto.DataType number; nothing for types we do not hold.
std::optional<DType> dtypeFromOnnx(int type);

/// The ONNX TensorProto.DataType number of our type.
int onnxTypeOf(DType type);

/// "float4e2m1 (type 23)", for messages.
std::string onnxTypeText(int type);

/// Turns the tensors of one parsed model into views. Only 8- and 16-bit elements kept in typed fields
/// are copied (the file gives them 32 bits each).
class TensorDecoder
{
public:
    TensorDecoder(std::shared_ptr<const onnx::ModelProto> model, std::filesystem::path folder)
        : m_model(std::move(model)), m_external(std::move(folder))
    {
    }

    /// Throws Error with the numbers (no name) when shape, type and bytes do not agree, before anything
    /// is allocated.
    Tensor decode(const onnx::TensorProto& proto);

    /// Elements of a Constant node's value_float, value_floats, value_int or value_ints.
    Tensor decodeNumbers(const onnx::AttributeProto& attribute) const;

    std::uint64_t externalBytes() const { return m_external.fileBytes(); }

private:
    Tensor decodeTyped(const onnx::TensorProto& proto, DType type, Shape shape, std::size_t elements) const;

    std::shared_ptr<const onnx::ModelProto> m_model;
    ExternalData m_external;
};

} // namespace quantoscope
