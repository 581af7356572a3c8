// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/constantfolder.h"

#include <memory>
#include <vector>

namespace quantoscope {

/// One weight of one node.
struct WeightUse
{
    LayerKind kind = LayerKind::MatMul;
    std::shared_ptr<const Constant> weight;
    int channelAxis = 0;
    std::shared_ptr<const Constant> bias; ///< null: none, or not constant
    int slot = 1;                         ///< input position of the weight
};

/// The weights a node multiplies its input with; none for operators that are no layers and for products of
/// two activations. Throws Error, naming the value, when the node is a layer whose weight is fixed by the
/// file but cannot be used.
std::vector<WeightUse> weightUsesOf(Scope& scope, const onnx::NodeProto& node, ConstantFolder& folder);

} // namespace quantoscope
