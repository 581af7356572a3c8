// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/grouped/groupedweights.h"
#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quantoscope {

/// A panel read for tiles: for each group [16 float scales][16 int32 negated zeros][16 float offsets][steps][16 outputs][4 bytes],
/// with zeros and offsets only where the mode has them.
enum class GroupedMode { Plain, Zeros, Offsets, General };

/// Plain: one zero, no offsets, factor 1. General: everything, and sums of any size; those of the other modes are below 2^22,
/// and where zeros vary they and Σ p fit int16.
/// Added to these, floatBias = the bits of 1.5 · 2^23 makes the bits of that float + the integer: so they are converted exactly by
/// one subtraction. Where the weights have one zero, GroupedActivations::starts brings the bias along.
constexpr std::int32_t floatBias = 0x4b400000;
GroupedMode modeOf(const GroupedWeights& weights);
constexpr bool hasZeros(GroupedMode mode)
{
    return mode == GroupedMode::Zeros || mode == GroupedMode::General;
}
constexpr bool hasOffsets(GroupedMode mode)
{
    return mode == GroupedMode::Offsets || mode == GroupedMode::General;
}
std::size_t decodedPanelBytes(const GroupedWeights& weights);

/// Reads panel `panel` into `decoded`, 64-byte aligned.
using GroupedDecode = void (*)(const GroupedWeights& weights, std::size_t panel, std::byte* decoded);
GroupedDecode groupedDecode(Isa isa);

/// A block of rows against decoded panels.
struct GroupedTile
{
    const std::byte* panel = nullptr; ///< decoded
    std::ptrdiff_t nextPanel = 0;     ///< bytes to the second one
    const std::byte* codes = nullptr; ///< of GroupedActivations
    const std::int32_t* sums = nullptr;
    const std::int32_t* starts = nullptr;
    int rows = 0;
    GroupedMode mode = GroupedMode::Plain;
    int shift = 0; ///< I_g = (Σ u·p << shift) - z·P_g
    std::size_t groups = 0;
    std::size_t steps = 0;     ///< of a group
    std::size_t lastSteps = 0; ///< of the last one
};

/// The inner loops for an instruction set. Thread-safe.
struct GroupedKernel
{
    std::string_view name;
    std::string_view rowName; ///< of multiplyRow
    bool wide = true;         ///< int16 activations
    int rows = 1;             ///< at most, of a tile
    int panels = 1;           ///< of a tile
    GroupedDecode decode = nullptr;
    /// F of groupedproduct.h: [rows][panels·16].
    void (*multiply)(const GroupedTile& tile, float* f) = nullptr;
    /// The same for one row from the stream itself: [16]. Null where there is none for these weights.
    void (*multiplyRow)(const GroupedWeights& weights, std::size_t panel, const GroupedTile& row,
                        float* f) = nullptr;
};

GroupedKernel groupedKernel(const GroupedWeights& weights, Isa isa);

} // namespace quantoscope
