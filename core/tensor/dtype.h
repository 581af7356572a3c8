// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quantoscope {

/// Element types a file may hold. 4- and 2-bit types are packed, first element in the low bits
/// (ONNX convention). f8e4m3 is the "FN" variant: no infinities, maximum 448.
enum class DType {
    F64,
    F32,
    F16,
    BF16,
    F8E4M3,
    F8E5M2,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    Bool,
    I4,
    U4,
    I2,
    U2
};

int bitsOf(DType type);
/// "f32", "bf16", "f8e4m3fn", "i4", …
std::string_view nameOf(DType type);
bool isInteger(DType type);

/// Bytes that `elements` packed elements take: ceil(elements · bits / 8).
std::size_t packedBytes(DType type, std::size_t elements);

/// Exact conversions of one element's bits.
float floatFromHalf(std::uint16_t bits);
float floatFromBfloat16(std::uint16_t bits);
float floatFromF8E4M3(std::uint8_t bits);
float floatFromF8E5M2(std::uint8_t bits);

} // namespace quantoscope
