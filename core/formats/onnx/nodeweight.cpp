// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/nodeweight.h"

#include "core/formats/onnx/quantizedconstants.h"
#include "core/support/error.h"

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::FileFormat, reason); }

/// Dynamic quantization multiplies the scales in behind the integer operator: Mul(Cast(node), Mul(x's scale,
/// weight's scale)). The weight's scale, or nullptr when the graph is not built like that.
std::shared_ptr<const Constant> scaleBehind(const NodeContext& context)
{
    Scope& scope = context.scope;
    const auto follow = [&](const onnx::NodeProto* node, const char* op) {
        const auto* next = node && node->output_size() > 0 ? scope.onlyConsumer(node->output(0)) : nullptr;
        return next && next->op_type() == op ? next : nullptr;
    };
    const auto* cast = follow(&context.node, "Cast");
    const auto* product = follow(cast, "Mul");
    if (!product || product->input_size() != 2)
        return nullptr;
    const bool first = product->input(0) == cast->output(0);
    const auto* scales = scope.producer(product->input(first ? 1 : 0));
    if (!scales || scales->op_type() != "Mul" || scales->input_size() != 2)
        return nullptr;
    for (const std::string& name : scales->input())
        if (const Value* value = scope.find(name); value && value->isConstant)
            return context.folder.constant(scope, name);
    return nullptr;
}

} // namespace

std::shared_ptr<const Constant> weightOf(const NodeContext& context, const Slots& slots, int axis)
{
    auto codes = context.folder.input(context.scope, context.node, slots.weight);
    if (slots.scale < 0 && slots.zeroPoint < 0)
        return codes; // an operator on floats, or on codes dequantized before
    CodeParameters parameters{context.node.op_type(), nullptr, nullptr, axis, 0};
    std::shared_ptr<const Constant> scale;
    std::shared_ptr<const Constant> zeroPoint;
    if (slots.scale >= 0) {
        scale = context.folder.input(context.scope, context.node, slots.scale);
        if (!scale)
            reject("its weight has no scale");
    } else {
        scale = scaleBehind(context);
        const auto sets = scale ? scale->tensor.size() : 1;
        const Shape& shape = codes->tensor.shape;
        if (sets != 1
            && (shape.empty() || sets != static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)])))
            scale = nullptr; // multiplied in for another reason
    }
    zeroPoint = context.folder.input(context.scope, context.node, slots.zeroPoint);
    parameters.scale = scale.get();
    parameters.zeroPoint = zeroPoint.get();
    return std::make_shared<const Constant>(quantizedConstant(*codes, parameters));
}

std::shared_ptr<const Constant> biasOf(const NodeContext& context, const Slots& slots)
{
    try {
        return context.optional(slots.bias);
    } catch (const Error&) {
        return nullptr;
    }
}

} // namespace quantoscope
