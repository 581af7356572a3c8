// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/ggml/fit.h"
#include "core/quant/ggml/groupvalues.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace quantoscope::ggml {

/// The searches of fit.h for up to this many groups at once, a group to a lane: every sum keeps its order, and so the
/// results are the same bits on every instruction set. Groups of 16 or 32 values lie one after the other.
inline constexpr std::size_t groupsAbreast = 64;

/// How the affine formats weigh a value's error.
enum class Weighing {
    Magnitude,        ///< |x|
    AddRootMeanSquare ///< |x| + the group's root mean square
};

void fitAffineGroups(const float* values, std::size_t groups, std::size_t length, Weighing weighing,
                     const AffineSearch& search, AffineFit* fits, std::uint8_t* codes);

/// Groups of 16.
void fitSymmetricGroups(const float* values, std::size_t groups, int half, float* scales,
                        std::uint8_t* codes);
void fitSymmetricByMovesGroups(const float* values, std::size_t groups, int half, float* scales,
                               std::uint8_t* codes);

/// The scale of least squared error for groups of 32 on sixteen levels, over the inverse scales of the IQ4 formats.
/// `middles`: twice the middles between the levels.
struct LevelTable
{
    std::array<float, 16> levels;
    std::array<float, 15> middles;
};
void fitLevelsGroups(const float* values, std::size_t groups, const LevelTable& table, float* scales);

/// Indices of the levels nearest to inverse · value, a middle going up; one inverse for each group of 32.
void nearestLevelsGroups(const float* values, std::size_t groups, const LevelTable& table,
                         const float* inverses, std::uint8_t* codes);

/// Codes 0 … codes - 1 anew, nearest to (value - offset) / scale - lowest; those of a group of scale 0 stay.
void recodeGroups(const float* values, std::size_t groups, std::size_t length, const Steps* steps, int lowest,
                  int codes, std::uint8_t* codesOut);

} // namespace quantoscope::ggml
