// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/scope.h"
#include "core/formats/onnx/tensordecoder.h"

#include <map>

namespace quantoscope {

/// Computes constants behind chains of simple operators, each once, on demand: Identity, Cast, Transpose,
/// Reshape, Flatten, Squeeze, Unsqueeze, Concat, Slice, Gather, DequantizeLinear (and the pair
/// QuantizeLinear, DequantizeLinear on floats, which gives the floats).
class ConstantFolder
{
public:
    /// `budget`: bytes that computed tensors may take together; a damaged file could ask for any amount.
    explicit ConstantFolder(std::uint64_t budget) : m_budget(budget) {}

    /// The constant of that name. Throws Error with a reason that can be shown when it is not constant,
    /// not readable, or made by an operator that is not folded.
    std::shared_ptr<const Constant> constant(Scope& scope, const std::string& name);

    /// The same for the node's input at that position; nullptr when it is left out.
    std::shared_ptr<const Constant> input(Scope& scope, const onnx::NodeProto& node, int index);

    /// Elements of an integer constant.
    std::vector<std::int64_t> integers(Scope& scope, const std::string& name);

private:
    Constant fold(Scope& scope, const onnx::NodeProto& node);
    Constant foldCast(Scope& scope, const onnx::NodeProto& node);
    Constant foldSqueeze(Scope& scope, const onnx::NodeProto& node);
    Constant foldUnsqueeze(Scope& scope, const onnx::NodeProto& node);
    Constant foldReshape(Scope& scope, const onnx::NodeProto& node);
    Constant foldConcat(Scope& scope, const onnx::NodeProto& node);
    Constant foldSlice(Scope& scope, const onnx::NodeProto& node);
    Constant foldGather(Scope& scope, const onnx::NodeProto& node);
    Constant foldDequantize(Scope& scope, const onnx::NodeProto& node);
    std::shared_ptr<const Constant> demand(Scope& scope, const onnx::NodeProto& node, int index);
    std::vector<std::int64_t> axesOf(Scope& scope, const onnx::NodeProto& node, int inputIndex);
    std::string keyOf(const std::string& recipe);
    void charge(std::uint64_t bytes);

    std::uint64_t m_budget;
    int m_depth = 0;
    std::map<std::string, std::size_t> m_recipes;
};

} // namespace quantoscope
