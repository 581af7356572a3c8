// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace quantoscope {

/// Where a tile kernel finds packed activations: those of row r at step k of segment s start `segments[s] + r·rowStride +
/// k·stepStride` bytes behind `base`. Matrix products have one segment; convolutions one for each tap.
struct TileInput
{
    const std::byte* base = nullptr;
    std::ptrdiff_t rowStride = 0;
    std::ptrdiff_t stepStride = 0;
    std::span<const std::ptrdiff_t> segments;
    std::size_t stepsPerSegment = 0;
    /// What will be read next, or null: kernels may ask for 64 bytes of it a step, up to stepsPerSegment · 64.
    const void* ahead = nullptr;
};

/// Sums of a tile that become codes in the registers: float(sum) · multiplier rounded half to even, + zeroPoint, clamped.
struct TileCodes
{
    const std::int32_t* starts = nullptr; ///< [columns of the kernel]: what sums begin with
    const float* multipliers = nullptr;   ///< the same
    std::int32_t zeroPoint = 0;
    std::int32_t low = -128;
    std::int32_t high = 127; ///< above 127: codes are uint8
    int columns = 0;         ///< that are written, from `out` on
    std::size_t stride = 0;  ///< from row to row
};

/// The inner loop of every integer product with weights of at most 8 bits: some rows of activations times one panel of
/// `columns` outputs, whole depth at once, exact in int32.
///   quad (step 4): activations int8, panel uint8 [steps][columns][4], four products summed in a lane
///   pair (step 2): activations int16, panel int16 [steps][columns][2], two products summed in a lane
/// Panels are aligned to 64 bytes, activations to their step. Thread-safe.
struct TileKernel
{
    std::string_view name; ///< "vpdpbusd 12×32", …
    Isa isa = Isa::Scalar;
    int step = 2;
    int columns = 0;
    int rows = 0; ///< at most, ≥ 1
    /// acc[rows][columns] = Σ activation · weight over all segments; 1 ≤ rows ≤ this->rows.
    void (*multiply)(const TileInput& input, const void* panel, int rows, std::int32_t* acc) = nullptr;
    /// Quad tiles: starts[columns] + Σ (activation + 128) · weight with panels of int8. Null: not built.
    void (*multiplySigned)(const TileInput& input, const void* panel, int rows, const std::int32_t* starts,
                           std::int32_t* acc) = nullptr;
    /// The same, and codes out of it. Null: not built.
    void (*codesSigned)(const TileInput& input, const void* panel, int rows, const TileCodes& codes,
                        std::int8_t* out) = nullptr;

    std::size_t activationBytes() const { return step == 4 ? 1 : 2; }
    std::size_t panelBytes(std::size_t steps) const { return steps * static_cast<std::size_t>(columns * 4); }
};

/// The one for an instruction set: quad where it has VNNI, else pair.
const TileKernel& tileKernel(Isa isa);

} // namespace quantoscope
