// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/inputvalues.h"

#include "core/support/error.h"

#include <onnxruntime_cxx_api.h>

#include <concepts>
#include <cstring>
#include <limits>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::InvalidArgument, reason); }

bool isFloat(DType type)
{
    switch (type) {
    case DType::F64:
    case DType::F32:
    case DType::F16:
    case DType::BF16:
    case DType::F8E4M3:
    case DType::F8E5M2:
        return true;
    default:
        return false;
    }
}

template <class T>
Tensor tensorOf(DType type, const Shape& shape, std::vector<T> values)
{
    auto held = std::make_shared<const std::vector<T>>(std::move(values));
    return {type, shape, std::as_bytes(std::span(*held)), held};
}

template <class T>
std::vector<T> copied(const Tensor& tensor)
{
    std::vector<T> values(tensor.size());
    if (!values.empty())
        std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
    return values;
}

/// Integers of any type; up to 16 bits they are exact as floats.
std::vector<std::int64_t> integersOf(const Tensor& tensor)
{
    if (tensor.dtype == DType::I64)
        return copied<std::int64_t>(tensor);
    std::vector<std::int64_t> values;
    values.reserve(tensor.size());
    if (tensor.dtype == DType::I32)
        for (const auto value : copied<std::int32_t>(tensor))
            values.push_back(value);
    else if (tensor.dtype == DType::U32)
        for (const auto value : copied<std::uint32_t>(tensor))
            values.push_back(value);
    else
        for (const float value : floatsOf(tensor).values)
            values.push_back(static_cast<std::int64_t>(value));
    return values;
}

template <class T>
bool holds(std::int64_t value)
{
    if constexpr (std::integral<T>)
        return std::in_range<T>(value);
    else // every integer up to here, and nothing beyond, so that the answer is easy to say
        return std::abs(value) <= std::int64_t{1} << std::numeric_limits<T>::digits;
}

template <class T>
Tensor fromIntegers(const Tensor& tensor, DType type)
{
    std::vector<T> values;
    values.reserve(tensor.size());
    for (const std::int64_t value : integersOf(tensor)) {
        if (!holds<T>(value))
            reject("the value " + std::to_string(value) + " cannot be held exactly by "
                   + std::string(nameOf(type)));
        values.push_back(static_cast<T>(value));
    }
    return tensorOf(type, tensor.shape, std::move(values));
}

template <class Half>
Tensor halfFloats(const Tensor& tensor, DType type)
{
    std::vector<std::uint16_t> values;
    values.reserve(tensor.size());
    for (const float value : floatsOf(tensor).values)
        values.push_back(Half(value).val);
    return tensorOf(type, tensor.shape, std::move(values));
}

Tensor boolsOf(const Tensor& tensor)
{
    std::vector<std::uint8_t> values;
    for (const std::int64_t value : integersOf(tensor)) {
        if (value != 0 && value != 1)
            reject("the value " + std::to_string(value) + " is neither 0 nor 1");
        values.push_back(static_cast<std::uint8_t>(value));
    }
    return tensorOf(DType::Bool, tensor.shape, std::move(values));
}

Tensor floatsFrom(const Tensor& tensor)
{
    std::vector<float> values(tensor.size());
    readFloats(tensor, 0, values);
    return tensorFromFloats(tensor.shape, std::move(values));
}

Tensor integerConverted(const Tensor& tensor, DType type)
{
    switch (type) {
    case DType::F32:
        return bitsOf(tensor.dtype) <= 16 ? floatsFrom(tensor) : fromIntegers<float>(tensor, type);
    case DType::F64:
        return fromIntegers<double>(tensor, type);
    case DType::F16:
    case DType::BF16:
        return converted(fromIntegers<float>(tensor, DType::F32), type);
    case DType::I8:
        return fromIntegers<std::int8_t>(tensor, type);
    case DType::U8:
        return fromIntegers<std::uint8_t>(tensor, type);
    case DType::I16:
        return fromIntegers<std::int16_t>(tensor, type);
    case DType::U16:
        return fromIntegers<std::uint16_t>(tensor, type);
    case DType::I32:
        return fromIntegers<std::int32_t>(tensor, type);
    case DType::U32:
        return fromIntegers<std::uint32_t>(tensor, type);
    case DType::I64:
        return fromIntegers<std::int64_t>(tensor, type);
    case DType::Bool:
        return boolsOf(tensor);
    default:
        reject("values are not converted to " + std::string(nameOf(type)));
    }
}

Tensor floatConverted(const Tensor& tensor, DType type)
{
    switch (type) {
    case DType::F32:
        return floatsFrom(tensor);
    case DType::F16:
        return halfFloats<Ort::Float16_t>(tensor, type);
    case DType::BF16:
        return halfFloats<Ort::BFloat16_t>(tensor, type);
    case DType::F64: {
        const FloatArray floats = floatsOf(tensor);
        return tensorOf(type, tensor.shape, std::vector<double>(floats.values.begin(), floats.values.end()));
    }
    default:
        reject("numbers with fractions are not converted to " + std::string(nameOf(type)));
    }
}

} // namespace

Tensor converted(const Tensor& tensor, DType type)
{
    if (tensor.dtype == type)
        return tensor;
    return isFloat(tensor.dtype) ? floatConverted(tensor, type) : integerConverted(tensor, type);
}

} // namespace quantoscope
