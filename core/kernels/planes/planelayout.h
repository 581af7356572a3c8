// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

namespace quantoscope {

/// How codes of `bits` bits are split into planes of 8, 4, 2 or 1 bits, the widest first; it holds the lowest bits of a code
/// (3 = 2 + 1, 7 = 4 + 2 + 1). A chunk is as many steps as the narrowest plane has fields in a byte. A vector is columns · step
/// bytes in the order [columns][step]; field f of vector v of a plane holds step v · (8 / width) + f of the chunk in the bits
/// [f · width, (f + 1) · width) of its bytes. A chunk holds the vectors of one plane after the other.
struct PlaneLayout
{
    int planes = 0;
    std::array<int, 4> width{};    ///< bits of a plane
    std::array<int, 4> position{}; ///< of its lowest bit in the code
    std::array<int, 4> vector{};   ///< its first vector in a chunk
    int chunkSteps = 1;
    int chunkVectors = 0;
};

/// 1 ≤ bits ≤ 8.
constexpr PlaneLayout planeLayout(int bits)
{
    PlaneLayout layout;
    int position = 0;
    for (int width = 8; width >= 1; width /= 2) {
        if ((bits & width) == 0)
            continue;
        const auto plane = static_cast<std::size_t>(layout.planes++);
        layout.width[plane] = width;
        layout.position[plane] = position;
        position += width;
        layout.chunkSteps = 8 / width;
    }
    for (int plane = 0; plane < layout.planes; ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        layout.vector[index] = layout.chunkVectors;
        layout.chunkVectors += layout.width[index] * layout.chunkSteps / 8;
    }
    return layout;
}

} // namespace quantoscope
