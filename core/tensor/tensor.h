// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/dtype.h"
#include "core/tensor/shape.h"

#include <memory>
#include <span>

namespace quantoscope {

/// Bytes that something else holds (a parsed message, a mapped file, a vector), kept alive by `owner`.
/// Row-major, packed, little-endian; no alignment is promised. Copies share the bytes. Invariant, kept
/// by whoever makes one: bytes.size() == packedBytes(dtype, elementCount(shape)).
struct Tensor
{
    DType dtype = DType::F32;
    Shape shape;
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;

    std::size_t size() const { return *elementCount(shape); }
};

/// Converts elements [first, first + out.size()) to float32, each rounded once to nearest-even.
void readFloats(const Tensor& tensor, std::size_t first, std::span<float> out);

/// The whole tensor as floats: the held bytes themselves when they are aligned f32, else a copy.
struct FloatArray
{
    std::span<const float> values;
    std::shared_ptr<const void> owner;
};
FloatArray floatsOf(const Tensor& tensor);

/// A tensor that owns a copy of the floats.
Tensor tensorFromFloats(Shape shape, std::vector<float> values);

} // namespace quantoscope
