// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/weightuses.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/quantizedconstants.h"
#include "core/support/error.h"

#include <unordered_map>

namespace quantoscope {

namespace {

/// Where an operator keeps the parts of its weight: input positions, -1 for none.
struct Slots
{
    int weight = -1;
    int scale = -1;
    int zeroPoint = -1;
    int bias = -1;
};

/// Everything the handlers below need about one node.
struct Context
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

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::FileFormat, reason); }

/// Dynamic quantization multiplies the scales in behind the integer operator: Mul(Cast(node), Mul(x's scale,
/// weight's scale)). The weight's scale, or nullptr when the graph is not built like that.
std::shared_ptr<const Constant> scaleBehind(const Context& context)
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

/// The weight; for operators on codes with the scale and zero point beside it.
std::shared_ptr<const Constant> weightOf(const Context& context, const Slots& slots, int axis)
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

void demandRank(const Constant& weight, std::size_t least, std::size_t most)
{
    const std::size_t rank = weight.tensor.shape.size();
    if (rank < least || rank > most)
        reject("its weight '" + weight.name + "' has the shape " + toText(weight.tensor.shape)
               + ", which does not fit the operator");
}

/// A missing or unreadable bias does not cost the layer.
std::shared_ptr<const Constant> biasOf(const Context& context, const Slots& slots)
{
    try {
        return context.optional(slots.bias);
    } catch (const Error&) {
        return nullptr;
    }
}

using Uses = std::vector<WeightUse>;

Uses convolution(const Context& context, const Slots& slots)
{
    if (!context.isConstant(slots.weight) || context.isConstant(0))
        return {};
    auto weight = weightOf(context, slots, 0);
    demandRank(*weight, 3, 8);
    const bool depthwise = intAttribute(context.node, "group", 1) > 1 && weight->tensor.shape[1] == 1;
    return {{depthwise ? LayerKind::DepthwiseConv : LayerKind::Conv, weight, 0, biasOf(context, slots)}};
}

Uses transposedConvolution(const Context& context, const Slots& slots)
{
    if (!context.isConstant(slots.weight) || context.isConstant(0))
        return {};
    auto weight = weightOf(context, slots, 1);
    demandRank(*weight, 3, 8);
    return {{LayerKind::ConvTranspose, weight, 1, biasOf(context, slots)}};
}

/// A·B with exactly one constant side. `left`, `right`: the slots of a constant A or B.
Uses product(const Context& context, LayerKind kind, const Slots& left, const Slots& right, bool transA,
             bool transB)
{
    const bool constantLeft = context.isConstant(left.weight);
    if (constantLeft == context.isConstant(right.weight))
        return {};
    const Slots& slots = constantLeft ? left : right;
    const auto raw = context.folder.input(context.scope, context.node, slots.weight);
    demandRank(*raw, kind == LayerKind::Gemm ? 2 : 1, kind == LayerKind::Gemm ? 2 : 8);
    const int rank = static_cast<int>(raw->tensor.shape.size());
    // Output features: rows of A as used, columns of B as used.
    const bool last = constantLeft ? transA : !transB;
    const int axis = rank == 1 ? 0 : last ? rank - 1 : rank - 2;
    return {{kind, weightOf(context, slots, axis), axis, biasOf(context, slots)}};
}

bool flag(const onnx::NodeProto& node, const char* name) { return intAttribute(node, name, 0) != 0; }

Uses gemm(const Context& context)
{
    return product(context, LayerKind::Gemm, {0, -1, -1, 2}, {1, -1, -1, 2}, flag(context.node, "transA"),
                   flag(context.node, "transB"));
}

Uses quantizedGemm(const Context& context)
{
    return product(context, LayerKind::Gemm, {0, 1, 2, -1}, {3, 4, 5, -1}, flag(context.node, "transA"),
                   flag(context.node, "transB"));
}

Uses matMul(const Context& context)
{
    return product(context, LayerKind::MatMul, {0, -1, -1, -1}, {1, -1, -1, -1}, flag(context.node, "transA"),
                   flag(context.node, "transB"));
}

Uses recurrent(const Context& context, LayerKind kind)
{
    Uses uses;
    for (const int slot : {1, 2}) {
        if (!context.isConstant(slot))
            continue;
        auto weight = context.folder.input(context.scope, context.node, slot);
        demandRank(*weight, 3, 3);
        uses.push_back({kind, weight, 1, slot == 1 ? biasOf(context, {1, -1, -1, 3}) : nullptr});
    }
    return uses;
}

/// A lookup in a table of float rows; anything else that Gather does is no layer.
Uses embedding(const Context& context)
{
    if (!context.isConstant(0) || context.isConstant(1) || intAttribute(context.node, "axis", 0) != 0)
        return {};
    auto table = context.folder.input(context.scope, context.node, 0);
    const bool values = table->stored || !isInteger(table->tensor.dtype);
    if (table->tensor.shape.size() != 2 || !values)
        return {};
    return {{LayerKind::Embedding, table, 0, nullptr}};
}

Uses matMulNBits(const Context& context)
{
    if (!context.isConstant(1))
        return {};
    if (context.node.input_size() > 4 && !context.node.input(4).empty())
        reject("its columns are reordered (g_idx), which is not supported");
    const auto blob = context.folder.input(context.scope, context.node, 1);
    const auto scale = context.folder.input(context.scope, context.node, 2);
    const auto zeroPoint = context.folder.input(context.scope, context.node, 3);
    BlockedMatMul layout;
    layout.rows = intAttribute(context.node, "N", 0);
    layout.columns = intAttribute(context.node, "K", 0);
    layout.bits = intAttribute(context.node, "bits", 4);
    layout.block = intAttribute(context.node, "block_size", 0);
    layout.scale = scale.get();
    layout.zeroPoint = zeroPoint.get();
    return {{LayerKind::MatMul, std::make_shared<const Constant>(blockedConstant(*blob, layout)), 0,
             biasOf(context, {1, 2, 3, 5})}};
}

using Handler = Uses (*)(const Context&);

const std::unordered_map<std::string_view, Handler>& standardHandlers()
{
    static const std::unordered_map<std::string_view, Handler> handlers = {
        {"Conv",
         [](const Context& c) {
             return convolution(c, {1, -1, -1, 2});
         }},
        {"ConvTranspose",
         [](const Context& c) {
             return transposedConvolution(c, {1, -1, -1, 2});
         }},
        {"ConvInteger",
         [](const Context& c) {
             return convolution(c, {1, -1, 3, -1});
         }},
        {"QLinearConv",
         [](const Context& c) {
             return convolution(c, {3, 4, 5, -1});
         }},
        {"Gemm", gemm},
        {"MatMul", matMul},
        {"MatMulInteger",
         [](const Context& c) {
             return product(c, LayerKind::MatMul, {0, -1, 2, -1}, {1, -1, 3, -1}, false, false);
         }},
        {"QLinearMatMul",
         [](const Context& c) {
             return product(c, LayerKind::MatMul, {0, 1, 2, -1}, {3, 4, 5, -1}, false, false);
         }},
        {"Gather", embedding},
        {"LSTM", [](const Context& c) { return recurrent(c, LayerKind::Lstm); }},
        {"GRU", [](const Context& c) { return recurrent(c, LayerKind::Gru); }},
        {"RNN", [](const Context& c) { return recurrent(c, LayerKind::Rnn); }},
    };
    return handlers;
}

const std::unordered_map<std::string_view, Handler>& microsoftHandlers()
{
    static const std::unordered_map<std::string_view, Handler> handlers = {
        {"FusedConv",
         [](const Context& c) {
             return convolution(c, {1, -1, -1, 2});
         }},
        {"FusedGemm", gemm},
        {"FusedMatMul", matMul},
        {"QGemm", quantizedGemm},
        {"DynamicQuantizeMatMul",
         [](const Context& c) {
             return product(c, LayerKind::MatMul, {}, {1, 2, 3, 4}, false, false);
         }},
        {"MatMulIntegerToFloat",
         [](const Context& c) {
             return product(c, LayerKind::MatMul, {0, 2, 4, -1}, {1, 3, 5, 6}, false, false);
         }},
        {"MatMulNBits", matMulNBits},
        {"QLinearConv",
         [](const Context& c) {
             return convolution(c, {3, 4, 5, -1});
         }},
    };
    return handlers;
}

} // namespace

std::vector<WeightUse> weightUsesOf(Scope& scope, const onnx::NodeProto& node, ConstantFolder& folder)
{
    const auto& domain = node.domain();
    const bool standard = domain.empty() || domain == "ai.onnx";
    if (!standard && domain != "com.microsoft")
        return {};
    const auto& handlers = standard ? standardHandlers() : microsoftHandlers();
    const auto handler = handlers.find(node.op_type());
    if (handler == handlers.end())
        return {};
    auto uses = handler->second({scope, node, folder});
    for (const WeightUse& use : uses)
        if (use.weight->tensor.size() == 0)
            reject("its weight '" + use.weight->name + "' holds no elements");
    return uses;
}

} // namespace quantoscope
