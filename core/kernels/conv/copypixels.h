// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace quantoscope {

/// Pieces of a fixed size, the last over the one before it: calls of memcpy and memset cost more than a pixel's few bytes.
template <std::size_t piece>
inline void copyByPieces(const std::int8_t* from, std::size_t count, std::int8_t* to)
{
    for (std::size_t i = 0; i + piece < count; i += piece)
        std::memcpy(to + i, from + i, piece);
    std::memcpy(to + count - piece, from + count - piece, piece);
}

template <std::size_t piece>
inline void clearByPieces(std::size_t count, std::int8_t* to)
{
    for (std::size_t i = 0; i + piece < count; i += piece)
        std::memset(to + i, 0, piece);
    std::memset(to + count - piece, 0, piece);
}

inline void copyPixel(const std::int8_t* from, std::size_t count, std::int8_t* to)
{
    if (count >= 16)
        return copyByPieces<16>(from, count, to);
    if (count >= 4)
        return copyByPieces<4>(from, count, to);
    for (std::size_t i = 0; i < count; ++i)
        to[i] = from[i];
}

inline void clearPixel(std::size_t count, std::int8_t* to)
{
    if (count >= 16)
        return clearByPieces<16>(count, to);
    if (count >= 4)
        return clearByPieces<4>(count, to);
    for (std::size_t i = 0; i < count; ++i)
        to[i] = 0;
}

} // namespace quantoscope
