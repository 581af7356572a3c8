// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/densealgebra.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// Two candidates for each weight of a row: x̂ - w is base[j], or base[j] + step[j] when up[j]; step 0: nothing to decide.
struct RowChoice
{
    std::span<const float> base;
    std::span<const float> step;
};

/// Rows with at most so many weights to decide are solved by enumeration.
inline constexpr std::size_t enumeratedWeights = 12;
bool isEnumerable(const RowChoice& row);

/// The choice of least δGδᵀ, in double, among all of them.
std::vector<std::uint8_t> bestChoice(const RowChoice& row, const Gram& gram);

/// Flips single weights, then pairs of them, while δGδᵀ falls by more than 1e-6 of itself, over at most `sweeps` passes of
/// all pairs. One thread. Throws Cancelled.
void descend(const RowChoice& row, const Gram& gram, std::span<const float> diagonal, std::size_t sweeps,
             std::span<std::uint8_t> up, const std::stop_token& stop);

} // namespace quantoscope
