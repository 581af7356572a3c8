// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/floats/packcodes.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// How the weights of a panel are kept.
enum class FloatCoding {
    Bytes,      ///< uint8 codes u of a grid: scale · (factor·u - zero) + offset
    Words,      ///< uint16 codes of a grid
    ByteLevels, ///< uint8 codes of a table: scale · levels[u] + offset
    WordLevels, ///< uint16 codes of a table
    Half,       ///< binary16 patterns
    Brain,      ///< bfloat16 patterns
    Float,      ///< binary32
};

/// Steps of a panel that share their sets.
struct FloatSlice
{
    const void* codes = nullptr; ///< [steps][floatColumns] as the coding says, vectors aligned
    std::size_t steps = 0;
    const float* scale = nullptr;       ///< [floatColumns]; codes of grids and tables
    const float* offset = nullptr;      ///< [floatColumns] or null: none
    const std::int32_t* zero = nullptr; ///< [floatColumns]; codes of grids
    bool twice = false;                 ///< factor 2, else 1
    const float* levels = nullptr;      ///< levelCount, at least 16, aligned to 64 bytes
    std::size_t levelCount = 0;
    /// Memory to ask for meanwhile: `aheadStride` bytes on with each step; any address. One row alone leaves so few loads under way
    /// that the stream of weights would wait.
    const std::byte* ahead = nullptr;
    std::size_t aheadStride = 0;
    const std::uint8_t* levelBytes = nullptr; ///< [4][256]: byte b of each level, for codes of bytes
};

/// Weights as float32, each operation rounded by itself: float32(float32(scale · e) + offset), e an integer or a level; the same
/// bits on every instruction set (NaN stays NaN). Thread-safe.
struct FloatDecoder
{
    /// out[steps][floatColumns], aligned to 64 bytes.
    void (*decode)(const FloatSlice& slice, float* out) = nullptr;
    /// sums[floatColumns] += Σ x[k] · ŵ[k], as FloatTileKernel.
    void (*accumulate)(const FloatSlice& slice, const float* x, float* sums) = nullptr;
};

FloatDecoder floatDecoder(FloatCoding coding, Isa isa);

} // namespace quantoscope
