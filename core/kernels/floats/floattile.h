// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/floats/packcodes.h"

#include <cstddef>
#include <string_view>

namespace quantoscope {

/// Some rows of activations times some steps of a panel of 64 outputs.
struct FloatTile
{
    const float* input = nullptr; ///< [rows], `inputStride` from row to row
    std::size_t inputStride = 0;
    const float* panel = nullptr; ///< [steps][floatColumns], aligned to 64 bytes
    std::size_t steps = 0;
    float* out = nullptr; ///< [rows][floatColumns], `outStride` from row to row
    std::size_t outStride = 0;
    bool first = true; ///< starts from 0, else from what `out` holds
};

/// out += Σ_k x[k] · ŵ[k], steps in order. One fused multiply-add each on AVX2, AVX-512 and NEON; a product and a sum, each
/// rounded, on SSE4 and scalar: their last bits differ. Thread-safe.
struct FloatTileKernel
{
    std::string_view name; ///< "fma 6×64", …
    int rows = 0;          ///< at most, ≥ 1
    void (*multiply)(const FloatTile& tile, int rows) = nullptr;
};

const FloatTileKernel& floatTileKernel(Isa isa);

} // namespace quantoscope
