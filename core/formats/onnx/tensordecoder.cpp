// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/tensordecoder.h"

#include "core/support/error.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace quantoscope {

namespace {

struct TypeRow
{
    std::string_view name;
    std::optional<DType> type;
};

// TensorProto.DataType of ONNX 1.20 by number; our header (1.12) knows the first 16 only.
const std::array<TypeRow, 27> types = {{{"undefined", {}},
                                        {"float", DType::F32},
                                        {"uint8", DType::U8},
                                        {"int8", DType::I8},
                                        {"uint16", DType::U16},
                                        {"int16", DType::I16},
                                        {"int32", DType::I32},
                                        {"int64", DType::I64},
                                        {"string", {}},
                                        {"bool", DType::Bool},
                                        {"float16", DType::F16},
                                        {"double", DType::F64},
                                        {"uint32", DType::U32},
                                        {"uint64", {}},
                                        {"complex64", {}},
                                        {"complex128", {}},
                                        {"bfloat16", DType::BF16},
                                        {"float8e4m3fn", DType::F8E4M3},
                                        {"float8e4m3fnuz", {}},
                                        {"float8e5m2", DType::F8E5M2},
                                        {"float8e5m2fnuz", {}},
                                        {"uint4", DType::U4},
                                        {"int4", DType::I4},
                                        {"float4e2m1", {}},
                                        {"float8e8m0", {}},
                                        {"uint2", DType::U2},
                                        {"int2", DType::I2}}};

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::FileFormat, reason); }

Shape shapeOf(const onnx::TensorProto& proto)
{
    // NumPy and the runtimes stop at 64 dimensions or earlier.
    if (proto.dims_size() > 64)
        reject("it has " + std::to_string(proto.dims_size()) + " dimensions; at most 64 are read");
    return {proto.dims().begin(), proto.dims().end()};
}

template <class Field>
std::span<const std::byte> viewOf(const Field& field)
{
    return std::as_bytes(std::span(field.data(), static_cast<std::size_t>(field.size())));
}

/// The low bytes of each 32- or 64-bit entry.
template <class Narrow, class Field>
Tensor narrowed(DType type, Shape shape, const Field& field)
{
    auto held = std::make_shared<std::vector<Narrow>>();
    held->reserve(static_cast<std::size_t>(field.size()));
    for (const auto entry : field)
        held->push_back(static_cast<Narrow>(entry));
    return {type, std::move(shape), std::as_bytes(std::span(*held)), held};
}

template <class T>
Tensor scalarOf(DType type, T value)
{
    auto held = std::make_shared<const T>(value);
    return {type, {}, std::as_bytes(std::span(held.get(), 1)), held};
}

} // namespace

std::optional<DType> dtypeFromOnnx(int type)
{
    if (type < 0 || static_cast<std::size_t>(type) >= types.size())
        return std::nullopt;
    return types[static_cast<std::size_t>(type)].type;
}

int onnxTypeOf(DType type)
{
    const auto found =
        std::find_if(types.begin(), types.end(), [type](const auto& known) { return known.type == type; });
    assert(found != types.end());
    return static_cast<int>(found - types.begin());
}

std::string onnxTypeText(int type)
{
    const bool known = type >= 0 && static_cast<std::size_t>(type) < types.size();
    const std::string name(known ? types[static_cast<std::size_t>(type)].name : "unknown");
    return name + " (type " + std::to_string(type) + ")";
}

Tensor TensorDecoder::decode(const onnx::TensorProto& proto)
{
    const auto type = dtypeFromOnnx(proto.data_type());
    if (!type)
        throw Error(ErrorCode::Unsupported,
                    "element type " + onnxTypeText(proto.data_type()) + " is not supported");
    Shape shape = shapeOf(proto);
    const auto elements = elementCount(shape);
    if (!elements)
        reject("its dimensions " + toText(shape) + " are negative or too large");
    const std::size_t expected = packedBytes(*type, *elements);
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
        auto range = m_external.bytesOf(proto, expected);
        return {*type, std::move(shape), range.bytes, range.file};
    }
    if (!proto.has_raw_data())
        return decodeTyped(proto, *type, std::move(shape), *elements);
    if (proto.raw_data().size() != expected)
        reject("it holds " + std::to_string(proto.raw_data().size()) + " bytes, but " + toText(shape)
               + " elements of " + std::string(nameOf(*type)) + " take " + std::to_string(expected));
    return {*type, std::move(shape), viewOf(proto.raw_data()), m_model};
}

Tensor TensorDecoder::decodeTyped(const onnx::TensorProto& proto, DType type, Shape shape,
                                  std::size_t elements) const
{
    const auto demand = [&](int held, std::size_t wanted) {
        if (static_cast<std::size_t>(held) != wanted)
            reject("it holds " + std::to_string(held) + " values, but " + toText(shape) + " elements of "
                   + std::string(nameOf(type)) + " take " + std::to_string(wanted));
    };
    switch (type) {
    case DType::F32:
        demand(proto.float_data_size(), elements);
        return {type, std::move(shape), viewOf(proto.float_data()), m_model};
    case DType::F64:
        demand(proto.double_data_size(), elements);
        return {type, std::move(shape), viewOf(proto.double_data()), m_model};
    case DType::I64:
        demand(proto.int64_data_size(), elements);
        return {type, std::move(shape), viewOf(proto.int64_data()), m_model};
    case DType::U32:
        demand(proto.uint64_data_size(), elements);
        return narrowed<std::uint32_t>(type, std::move(shape), proto.uint64_data());
    case DType::I32:
        demand(proto.int32_data_size(), elements);
        return {type, std::move(shape), viewOf(proto.int32_data()), m_model};
    case DType::F16:
    case DType::BF16:
    case DType::I16:
    case DType::U16:
        demand(proto.int32_data_size(), elements);
        return narrowed<std::uint16_t>(type, std::move(shape), proto.int32_data());
    default: // 8 bits, or a byte of packed elements per entry
        demand(proto.int32_data_size(), packedBytes(type, elements));
        return narrowed<std::uint8_t>(type, std::move(shape), proto.int32_data());
    }
}

Tensor TensorDecoder::decodeNumbers(const onnx::AttributeProto& attribute) const
{
    if (attribute.name() == "value_float")
        return scalarOf(DType::F32, attribute.f());
    if (attribute.name() == "value_int")
        return scalarOf<std::int64_t>(DType::I64, attribute.i());
    if (attribute.name() == "value_floats")
        return {DType::F32, {attribute.floats_size()}, viewOf(attribute.floats()), m_model};
    if (attribute.name() == "value_ints")
        return {DType::I64, {attribute.ints_size()}, viewOf(attribute.ints()), m_model};
    throw Error(ErrorCode::Unsupported, "constants of kind '" + attribute.name() + "' are not supported");
}

} // namespace quantoscope
