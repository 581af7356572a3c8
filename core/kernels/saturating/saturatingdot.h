// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// A sum of products whose pairs may have saturated.
struct SaturatedSum
{
    std::int32_t sum = 0;
    std::int64_t saturatedPairs = 0;
};

/// Bytes per step: vectors are padded to whole steps.
inline constexpr std::size_t saturatingStep = 32;

/// Σ clamp(a_2i·w_2i + a_2i+1·w_2i+1, -32768, 32767) over `size` bytes, a multiple of saturatingStep. Thread-safe.
using SaturatingDot = SaturatedSum (*)(const std::uint8_t* activations, const std::int8_t* weights,
                                       std::size_t size);

/// VPMADDUBSW and VPMADDWD themselves from Avx2 on, else loops with the same result.
SaturatingDot saturatingDot(Isa isa);

} // namespace quantoscope
