// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnx/onnx_pb.h>

namespace quantoscope {

/// Where operators on codes keep scales and zero points: input positions, -1 for none.
struct OperatorSlots
{
    int a = 0, aScale = -1, aZero = -1;
    int b = -1, bScale = -1, bZero = -1;
    int yScale = -1, yZero = -1;
    int bias = -1;     ///< int32, scale of a · scale of b
    bool sums = false; ///< the output is int32 sums without a scale
};

/// Of products and convolutions; null for the others. Source: ONNX operators, ONNX Runtime's contrib operators.
const OperatorSlots* slotsOfCodes(const onnx::NodeProto& node);

/// Of any operator whose output is codes with a scale among its inputs; null for the others.
const OperatorSlots* slotsOfResult(const onnx::NodeProto& node);

/// The bias of layers on floats; -1: they have none.
int floatBiasSlot(const onnx::NodeProto& node);

} // namespace quantoscope
