// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/constantfolder.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/constantops.h"
#include "core/formats/onnx/quantizedconstants.h"
#include "core/formats/utf8.h"
#include "core/support/error.h"

#include <algorithm>
#include <cstring>

namespace quantoscope {

namespace {

/// Longer chains of constant operators do not occur; the limit bounds the recursion.
constexpr int maxChain = 128;

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::Unsupported, reason); }

} // namespace

std::shared_ptr<const Constant> ConstantFolder::constant(Scope& scope, const std::string& name)
{
    Value* value = scope.find(name);
    const std::string shown = validUtf8(name);
    if (!value || !value->isConstant)
        reject("'" + shown + "' is not constant");
    if (value->constant)
        return value->constant;
    if (!value->failure.empty())
        reject("'" + shown + "': " + value->failure);
    if (m_depth >= maxChain)
        reject("'" + shown + "' is the end of a chain of more than " + std::to_string(maxChain)
               + " constant operators");
    ++m_depth;
    try {
        auto folded = std::make_shared<Constant>(fold(*value->scope, *value->producer));
        if (folded->name.empty())
            folded->name = shown;
        value->constant = std::move(folded);
    } catch (const Error& error) {
        value->failure = error.what();
    }
    --m_depth;
    if (!value->constant)
        reject(value->failure);
    return value->constant;
}

std::shared_ptr<const Constant> ConstantFolder::input(Scope& scope, const onnx::NodeProto& node, int index)
{
    if (index < 0 || index >= node.input_size() || node.input(index).empty())
        return nullptr;
    return constant(scope, node.input(index));
}

std::vector<std::int64_t> ConstantFolder::integers(Scope& scope, const std::string& name)
{
    const auto held = constant(scope, name);
    const Tensor& tensor = held->tensor;
    if (held->stored || (tensor.dtype != DType::I64 && tensor.dtype != DType::I32))
        reject("'" + validUtf8(name) + "' is not a list of integers");
    std::vector<std::int64_t> list(tensor.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        std::int32_t small = 0;
        if (tensor.dtype == DType::I64) {
            std::memcpy(&list[i], tensor.bytes.data() + i * 8, 8);
        } else {
            std::memcpy(&small, tensor.bytes.data() + i * 4, 4);
            list[i] = small;
        }
    }
    return list;
}

Constant ConstantFolder::fold(Scope& scope, const onnx::NodeProto& node)
{
    const std::string& op = node.op_type();
    if (op == "Identity")
        return *demand(scope, node, 0);
    if (op == "Cast")
        return foldCast(scope, node);
    if (op == "Transpose") {
        const auto in = demand(scope, node, 0);
        charge(in->tensor.bytes.size());
        return transposed(*in, intsAttribute(node, "perm").value_or(std::vector<std::int64_t>{}));
    }
    if (op == "Reshape" || op == "Flatten")
        return foldReshape(scope, node);
    if (op == "Squeeze")
        return foldSqueeze(scope, node);
    if (op == "Unsqueeze")
        return foldUnsqueeze(scope, node);
    if (op == "Concat")
        return foldConcat(scope, node);
    if (op == "Slice")
        return foldSlice(scope, node);
    if (op == "Gather")
        return foldGather(scope, node);
    if (op == "DequantizeLinear")
        return foldDequantize(scope, node);
    reject("it is computed from constants by " + validUtf8(op) + ", which is not folded");
}

std::shared_ptr<const Constant> ConstantFolder::demand(Scope& scope, const onnx::NodeProto& node, int index)
{
    auto held = input(scope, node, index);
    if (!held)
        reject(validUtf8(node.op_type()) + " without input " + std::to_string(index));
    // An empty tensor may claim any length along its other axes: no list is made from it.
    if (held->tensor.bytes.empty())
        reject(validUtf8(node.op_type()) + " of an empty tensor");
    return held;
}

Constant ConstantFolder::foldCast(Scope& scope, const onnx::NodeProto& node)
{
    const auto in = demand(scope, node, 0);
    const int number = static_cast<int>(intAttribute(node, "to", 0));
    const auto to = dtypeFromOnnx(number);
    if (to == in->tensor.dtype && !in->stored)
        return *in;
    if (to == DType::F32 || to == DType::F64) {
        if (isInteger(in->tensor.dtype) || in->tensor.dtype == DType::F64)
            charge(in->tensor.size() * sizeof(float));
        return castToFloat(*in);
    }
    const bool index = in->tensor.dtype == DType::I32 && to == DType::I64;
    if (index && !in->stored)
        return *in;
    reject("a Cast from " + std::string(nameOf(in->tensor.dtype)) + " to " + onnxTypeText(number)
           + " is not folded");
}

Constant ConstantFolder::foldConcat(Scope& scope, const onnx::NodeProto& node)
{
    std::vector<std::shared_ptr<const Constant>> held;
    std::vector<const Constant*> parts;
    std::uint64_t bytes = 0;
    const std::int64_t axis = intAttribute(node, "axis", 0);
    std::string recipe = "Concat " + std::to_string(axis);
    for (int i = 0; i < node.input_size(); ++i) {
        held.push_back(demand(scope, node, i));
        parts.push_back(held.back().get());
        bytes += parts.back()->tensor.bytes.size();
        recipe += " " + parts.back()->key;
    }
    charge(bytes);
    Constant out = concatenated(parts, axis);
    out.key = keyOf(recipe);
    const bool oneSource = std::all_of(
        parts.begin(), parts.end(), [&](const Constant* part) { return part->name == parts.front()->name; });
    if (oneSource)
        out.name = parts.front()->name;
    return out;
}

Constant ConstantFolder::foldDequantize(Scope& scope, const onnx::NodeProto& node)
{
    const Value* source = node.input_size() > 0 ? scope.find(node.input(0)) : nullptr;
    if (source && source->producer && source->producer->op_type() == "QuantizeLinear")
        return *demand(*source->scope, *source->producer, 0); // floats that were never stored as codes
    const auto codes = demand(scope, node, 0);
    const auto scale = demand(scope, node, 1);
    const auto zeroPoint = input(scope, node, 2);
    return quantizedConstant(*codes, {"DequantizeLinear", scale.get(), zeroPoint.get(),
                                      intAttribute(node, "axis", 1), intAttribute(node, "block_size", 0)});
}

std::string ConstantFolder::keyOf(const std::string& recipe)
{
    // Numbered, so that keys do not grow along a chain.
    return "#" + std::to_string(m_recipes.emplace(recipe, m_recipes.size()).first->second);
}

void ConstantFolder::charge(std::uint64_t bytes)
{
    if (bytes > m_budget)
        reject("constants computed by the file would take too much memory");
    m_budget -= bytes;
}

} // namespace quantoscope
