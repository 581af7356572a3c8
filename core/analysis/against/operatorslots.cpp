// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/operatorslots.h"

#include <string_view>
#include <unordered_map>

namespace quantoscope {

namespace {

using Table = std::unordered_map<std::string_view, OperatorSlots>;

const OperatorSlots* lookUp(const Table& table, const onnx::NodeProto& node)
{
    const auto found = table.find(node.op_type());
    return found == table.end() ? nullptr : &found->second;
}

} // namespace

const OperatorSlots* slotsOfCodes(const onnx::NodeProto& node)
{
    static const Table table = {
        {"QLinearConv", {0, 1, 2, 3, 4, 5, 6, 7, 8, false}},
        {"QLinearMatMul", {0, 1, 2, 3, 4, 5, 6, 7, -1, false}},
        {"QGemm", {0, 1, 2, 3, 4, 5, 7, 8, 6, false}},
        {"ConvInteger", {0, -1, 2, 1, -1, 3, -1, -1, -1, true}},
        {"MatMulInteger", {0, -1, 2, 1, -1, 3, -1, -1, -1, true}},
        {"MatMulIntegerToFloat", {0, 2, 4, 1, 3, 5, -1, -1, -1, false}},
    };
    return lookUp(table, node);
}

const OperatorSlots* slotsOfResult(const onnx::NodeProto& node)
{
    static const OperatorSlots binary{0, 1, 2, 3, 4, 5, 6, 7, -1, false};
    static const OperatorSlots unary{0, 1, 2, -1, -1, -1, 3, 4, -1, false};
    static const OperatorSlots many{2, 3, 4, -1, -1, -1, 0, 1, -1, false};
    static const Table table = {
        {"QLinearAdd", binary},       {"QLinearMul", binary},
        {"QLinearSigmoid", unary},    {"QLinearLeakyRelu", unary},
        {"QLinearSoftmax", unary},    {"QLinearAveragePool", unary},
        {"QLinearReduceMean", unary}, {"QLinearGlobalAveragePool", unary},
        {"QLinearConcat", many},
    };
    const OperatorSlots* layer = slotsOfCodes(node);
    if (layer)
        return layer->yScale >= 0 && layer->yScale < node.input_size() ? layer : nullptr;
    return lookUp(table, node);
}

int floatBiasSlot(const onnx::NodeProto& node)
{
    static const std::unordered_map<std::string_view, int> slots = {{"Conv", 2},      {"ConvTranspose", 2},
                                                                    {"FusedConv", 2}, {"Gemm", 2},
                                                                    {"FusedGemm", 2}, {"MatMulNBits", 5}};
    const auto found = slots.find(node.op_type());
    return found == slots.end() ? -1 : found->second;
}

} // namespace quantoscope
