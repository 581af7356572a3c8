// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// to[c · toStride + r] = from[r · fromStride + c] for `rows` × `columns` elements; strides in elements. The ranges do not
/// overlap. Thread-safe.
void transpose(Isa isa, const std::int8_t* from, std::size_t fromStride, std::size_t rows,
               std::size_t columns, std::int8_t* to, std::size_t toStride);

/// The same for wider elements: lines of both sides stay in the first cache.
template <typename Element>
void transpose(const Element* from, std::size_t fromStride, std::size_t rows, std::size_t columns,
               Element* to, std::size_t toStride)
{
    constexpr std::size_t strip = 16;
    for (std::size_t first = 0; first < rows; first += strip)
        for (std::size_t c = 0; c < columns; ++c)
            for (std::size_t r = first; r < std::min(first + strip, rows); ++r)
                to[c * toStride + r] = from[r * fromStride + c];
}

} // namespace quantoscope
