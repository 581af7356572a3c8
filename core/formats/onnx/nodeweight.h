// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/constantfolder.h"

#include <memory>

namespace quantoscope {

/// Where an operator keeps the parts of its weight: input positions, -1 for none.
struct Slots
{
    int weight = -1;
    int scale = -1;
    int zeroPoint = -1;
    int bias = -1;
};

/// A node and what it takes to look its inputs up.
struct NodeContext
{
    Scope& scope;
    const onnx::NodeProto& node;
    ConstantFolder& folder;

    bool isConstant(int index) const
    {
        if (index < 0 || index >= node.input_size())
            return false;
        const Value* value = scope.find(node.input(index));
        return value && value->isConstant;
    }

    std::shared_ptr<const Constant> optional(int index) const
    {
        return isConstant(index) ? folder.input(scope, node, index) : nullptr;
    }
};

/// The weight; for operators on codes together with the scale and zero point beside it. Throws Error.
std::shared_ptr<const Constant> weightOf(const NodeContext& context, const Slots& slots, int axis);

/// The bias when it is constant and readable: a bad one does not cost the layer.
std::shared_ptr<const Constant> biasOf(const NodeContext& context, const Slots& slots);

} // namespace quantoscope
