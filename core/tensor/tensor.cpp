// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/tensor.h"

#include <cassert>
#include <cstring>

namespace quantoscope {

namespace {

template <class T, class Convert>
void readEach(const Tensor& tensor, std::size_t first, std::span<float> out, Convert convert)
{
    const std::byte* source = tensor.bytes.data() + first * sizeof(T);
    for (std::size_t i = 0; i < out.size(); ++i) {
        T element;
        std::memcpy(&element, source + i * sizeof(T), sizeof(T));
        out[i] = convert(element);
    }
}

template <class T>
void readNumbers(const Tensor& tensor, std::size_t first, std::span<float> out)
{
    readEach<T>(tensor, first, out, [](T element) { return static_cast<float>(element); });
}

/// Packed elements of `bits` bits, first element in the low bits.
void readPacked(const Tensor& tensor, std::size_t first, std::span<float> out, int bits, bool isSigned)
{
    const auto perByte = static_cast<std::size_t>(8 / bits);
    const int half = 1 << (bits - 1);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t index = first + i;
        const int byte = static_cast<int>(tensor.bytes[index / perByte]);
        int code = (byte >> (static_cast<int>(index % perByte) * bits)) & (2 * half - 1);
        if (isSigned && code >= half)
            code -= 2 * half;
        out[i] = static_cast<float>(code);
    }
}

} // namespace

void readFloats(const Tensor& tensor, std::size_t first, std::span<float> out)
{
    assert(first + out.size() <= tensor.size());
    switch (tensor.dtype) {
    case DType::F64:
        return readNumbers<double>(tensor, first, out);
    case DType::F32:
        if (!out.empty())
            std::memcpy(out.data(), tensor.bytes.data() + first * sizeof(float), out.size_bytes());
        return;
    case DType::F16:
        return readEach<std::uint16_t>(tensor, first, out, floatFromHalf);
    case DType::BF16:
        return readEach<std::uint16_t>(tensor, first, out, floatFromBfloat16);
    case DType::F8E4M3:
        return readEach<std::uint8_t>(tensor, first, out, floatFromF8E4M3);
    case DType::F8E5M2:
        return readEach<std::uint8_t>(tensor, first, out, floatFromF8E5M2);
    case DType::I8:
        return readNumbers<std::int8_t>(tensor, first, out);
    case DType::U8:
        return readNumbers<std::uint8_t>(tensor, first, out);
    case DType::I16:
        return readNumbers<std::int16_t>(tensor, first, out);
    case DType::U16:
        return readNumbers<std::uint16_t>(tensor, first, out);
    case DType::I32:
        return readNumbers<std::int32_t>(tensor, first, out);
    case DType::U32:
        return readNumbers<std::uint32_t>(tensor, first, out);
    case DType::I64:
        return readNumbers<std::int64_t>(tensor, first, out);
    case DType::Bool:
        return readEach<std::uint8_t>(tensor, first, out, [](std::uint8_t b) { return b ? 1.0f : 0.0f; });
    case DType::I4:
        return readPacked(tensor, first, out, 4, true);
    case DType::U4:
        return readPacked(tensor, first, out, 4, false);
    case DType::I2:
        return readPacked(tensor, first, out, 2, true);
    case DType::U2:
        return readPacked(tensor, first, out, 2, false);
    }
}

FloatArray floatsOf(const Tensor& tensor)
{
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
    if (tensor.dtype == DType::F32 && address % alignof(float) == 0)
        return {{reinterpret_cast<const float*>(tensor.bytes.data()), tensor.size()}, tensor.owner};
    auto copy = std::make_shared<std::vector<float>>(tensor.size());
    readFloats(tensor, 0, *copy);
    return {*copy, copy};
}

Tensor tensorFromFloats(Shape shape, std::vector<float> values)
{
    assert(elementCount(shape) == values.size());
    auto held = std::make_shared<const std::vector<float>>(std::move(values));
    return {DType::F32, std::move(shape), std::as_bytes(std::span(*held)), held};
}

} // namespace quantoscope
