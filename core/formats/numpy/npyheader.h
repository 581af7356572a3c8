// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/dtype.h"
#include "core/tensor/shape.h"

#include <cstddef>
#include <span>
#include <string>

namespace quantoscope {

/// What the header of a .npy array says. Source: NumPy Enhancement Proposal 1, format versions 1.0 to 3.0.
struct NpyHeader
{
    DType dtype = DType::F32;
    bool bigEndian = false;
    bool fortranOrder = false;
    Shape shape;
    std::size_t dataOffset = 0; ///< bytes before the elements
    std::size_t dataBytes = 0;  ///< bytes of the elements
};

/// Parses the start of an array. Throws Error (FileFormat, Unsupported) with a reason, without a file
/// name, when the header is damaged or its element type is not supported.
NpyHeader parseNpyHeader(std::span<const std::byte> bytes);

/// A version 1.0 header, padded so that the elements start at a multiple of 64 bytes. Throws Error
/// (Unsupported) for types that NumPy has no name for (bf16, f8, packed integers).
std::string npyHeaderText(DType dtype, const Shape& shape);

} // namespace quantoscope
