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

    std::size_t activationBytes() const { return step == 4 ? 1 : 2; }
    std::size_t panelBytes(std::size_t steps) const { return steps * static_cast<std::size_t>(columns * 4); }
};

/// The one for an instruction set: quad where it has VNNI, else pair.
const TileKernel& tileKernel(Isa isa);

} // namespace quantoscope
