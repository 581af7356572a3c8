// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/weightuses.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/nodeweight.h"
#include "core/formats/onnx/quantizedconstants.h"
#include "core/support/error.h"

#include <unordered_map>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::FileFormat, reason); }

void demandRank(const Constant& weight, std::size_t least, std::size_t most)
{
    const std::size_t rank = weight.tensor.shape.size();
    if (rank < least || rank > most)
        reject("its weight '" + weight.name + "' has the shape " + toText(weight.tensor.shape)
               + ", which does not fit the operator");
}

using Context = NodeContext;
using Uses = std::vector<WeightUse>;

Uses convolution(const Context& context, const Slots& slots)
{
    if (!context.isConstant(slots.weight) || context.isConstant(0))
        return {};
    auto weight = weightOf(context, slots, 0);
    demandRank(*weight, 3, 8);
    const bool depthwise = intAttribute(context.node, "group", 1) > 1 && weight->tensor.shape[1] == 1;
    return {{depthwise ? LayerKind::DepthwiseConv : LayerKind::Conv, weight, 0, biasOf(context, slots),
             slots.weight}};
}

Uses transposedConvolution(const Context& context, const Slots& slots)
{
    if (!context.isConstant(slots.weight) || context.isConstant(0))
        return {};
    auto weight = weightOf(context, slots, 1);
    demandRank(*weight, 3, 8);
    return {{LayerKind::ConvTranspose, weight, 1, biasOf(context, slots), slots.weight}};
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
    return {{kind, weightOf(context, slots, axis), axis, biasOf(context, slots), slots.weight}};
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
        uses.push_back({kind, weight, 1, slot == 1 ? biasOf(context, {1, -1, -1, 3}) : nullptr, slot});
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
    return {{LayerKind::Embedding, table, 0, nullptr, 0}};
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
             biasOf(context, {1, 2, 3, 5}), 1}};
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
