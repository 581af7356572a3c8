// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

namespace quantoscope {

/// The arithmetic of one element, step by step as the engine does it in float32.
struct QuantizationStep
{
    float x = 0;
    float clipped = 0;     ///< x within the lowest and highest level
    float scaled = 0;      ///< (x - offset) / scale
    double rounded = 0;    ///< scaled as a whole number
    double shifted = 0;    ///< rounded + zero point
    std::int32_t code = 0; ///< shifted within the codes
    float value = 0;       ///< x̂
    double error = 0;      ///< x̂ - x
};

/// How the finite `x`, element `element` of the tensor in memory order (stochastic rounding draws by it), became `code` and `value` in a
/// set. Binary and codes that algorithms or blocks chose have no rounding: `rounded` and `shifted` are the code there.
QuantizationStep quantizationStep(const ParamSets& params, std::size_t set, std::size_t element, float x,
                                  std::int32_t code, float value);

} // namespace quantoscope
