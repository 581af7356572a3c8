// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/floatgraph.h"

namespace quantoscope {

/// Multiplies a value by positive factors, one for each index of an axis counted from its end (1: the last), inside what makes it: weight and
/// bias of a Conv, Gemm or MatMul, scale and bias of LayerNormalization or BatchNormalization, the constant of a Mul or Add;
/// also in front of Relu, LeakyRelu and Identity, which let factors through. `readers`: how many reads of the value know of it.
/// Returns whether that could be done; otherwise nothing has changed.
bool foldFactors(FloatGraph& graph, const std::string& value, int readers, int axisFromEnd,
                 std::span<const float> factors);

} // namespace quantoscope
