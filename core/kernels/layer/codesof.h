// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"
#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <optional>
#include <string>
#include <vector>

namespace quantoscope {

/// The integers that stand for a quantized weight, or why there are none.
struct CodesOf
{
    std::optional<CodeMatrix> codes;
    std::string reason; ///< one sentence; "" when there are codes
};

/// Codes of `values` [outputs][depth] under `params` in the form that kernels multiply; the integer identities are those of
/// CodeMatrix. Values that are not finite get the code nearest to real 0. There is no integer form, and so a reason, where
///   levels are no multiples of a common step that fits 16 bits (nf4, fp8, k-means, half precision, …),
///   scales belong to inputs (channel:AXIS along another axis, AWQ's columns), or columns stay in binary16 (LLM.int8()).
/// Tables of levels become integers by a power of two that moves into the scales: E2M1 is {0, 1, 2, 3, 4, 6, 8, 12} · s/2.
CodesOf codesOf(const ChannelMajor& values, const ParamSets& params);

/// Codes whose values are scale · levels[code], real levels in one table for all sets.
struct LevelCodes
{
    CodeMatrix codes; ///< zeros and factor take no part
    std::vector<float> levels;
};
/// Nothing where there is no such table, or where codesOf() gives a reason in the arrangement of the sets.
std::optional<LevelCodes> levelCodesOf(const ChannelMajor& values, const ParamSets& params);

} // namespace quantoscope
