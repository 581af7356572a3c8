// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/constantfolder.h"

#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/constantops.h"
#include "core/formats/onnx/quantizedconstants.h"
#include "core/formats/utf8.h"
#include "core/support/error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

namespace quantoscope {

namespace {

/// Longer chains of constant operators do not occur; the limit bounds the recursion.
constexpr int maxChain = 128;

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::Unsupported, reason); }

std::string listText(const std::vector<std::int64_t>& list)
{
    std::string text;
    for (const std::int64_t entry : list)
        text += std::to_string(entry) + ",";
    return text;
}

std::vector<std::int64_t> allPositions(std::int64_t length)
{
    std::vector<std::int64_t> positions(static_cast<std::size_t>(length));
    std::iota(positions.begin(), positions.end(), std::int64_t{0});
    return positions;
}

/// Positions that ONNX Slice (opset 10) takes from an axis of `length`.
std::vector<std::int64_t> slicePositions(std::int64_t length, std::int64_t start, std::int64_t end,
                                         std::int64_t step)
{
    if (step == 0 || step == std::numeric_limits<std::int64_t>::min())
        reject("a slice with step " + std::to_string(step));
    start = start < 0 ? std::max(start, -length) + length : start;
    end = end < 0 ? std::max(end, -length - 1) + length : end;
    start = step > 0 ? std::clamp<std::int64_t>(start, 0, length)
                     : std::clamp<std::int64_t>(start, -1, length - 1);
    end = step > 0 ? std::clamp<std::int64_t>(end, 0, length) : std::clamp<std::int64_t>(end, -1, length);
    std::vector<std::int64_t> positions;
    const std::int64_t distance = step > 0 ? end - start : start - end;
    const std::int64_t stride = std::abs(step);
    for (std::int64_t i = 0; i < distance; i += stride) {
        positions.push_back(step > 0 ? start + i : start - i);
        if (stride >= distance)
            break;
    }
    return positions;
}

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

std::vector<std::int64_t> ConstantFolder::axesOf(Scope& scope, const onnx::NodeProto& node, int inputIndex)
{
    if (const auto axes = intsAttribute(node, "axes"))
        return *axes;
    if (inputIndex < node.input_size() && !node.input(inputIndex).empty())
        return integers(scope, node.input(inputIndex));
    return {};
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

Constant ConstantFolder::foldSqueeze(Scope& scope, const onnx::NodeProto& node)
{
    const auto in = demand(scope, node, 0);
    const Shape& shape = in->tensor.shape;
    std::vector<bool> drop(shape.size(), false);
    const auto axes = axesOf(scope, node, 1);
    for (const std::int64_t axis : axes)
        drop[normalizedAxis(axis, shape.size())] = true;
    Shape kept;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (axes.empty() ? shape[i] != 1 : !drop[i])
            kept.push_back(shape[i]);
    return reshaped(*in, kept);
}

Constant ConstantFolder::foldUnsqueeze(Scope& scope, const onnx::NodeProto& node)
{
    const auto in = demand(scope, node, 0);
    const auto axes = axesOf(scope, node, 1);
    if (axes.size() > 64)
        reject("Unsqueeze by " + std::to_string(axes.size()) + " axes");
    const std::size_t rank = in->tensor.shape.size() + axes.size();
    std::vector<bool> added(rank, false);
    for (const std::int64_t axis : axes)
        added[normalizedAxis(axis, rank)] = true;
    Shape shape;
    std::size_t next = 0;
    for (std::size_t i = 0; i < rank; ++i)
        shape.push_back(added[i] || next >= in->tensor.shape.size() ? 1 : in->tensor.shape[next++]);
    return reshaped(*in, shape);
}

Constant ConstantFolder::foldReshape(Scope& scope, const onnx::NodeProto& node)
{
    const auto in = demand(scope, node, 0);
    const Shape& shape = in->tensor.shape;
    if (node.op_type() == "Flatten") {
        const std::int64_t axis = intAttribute(node, "axis", 1);
        const std::size_t split = axis == static_cast<std::int64_t>(shape.size())
                                      ? shape.size()
                                      : normalizedAxis(axis, shape.size());
        const Shape front(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(split));
        return reshaped(*in, {static_cast<std::int64_t>(elementCount(front).value_or(0)), -1});
    }
    Shape wanted = intsAttribute(node, "shape").value_or(Shape{}); // opset 1
    if (node.input_size() > 1)
        wanted = integers(scope, node.input(1));
    if (intAttribute(node, "allowzero", 0) == 0)
        for (std::size_t i = 0; i < wanted.size() && i < shape.size(); ++i)
            if (wanted[i] == 0)
                wanted[i] = shape[i];
    return reshaped(*in, wanted);
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

Constant ConstantFolder::foldSlice(Scope& scope, const onnx::NodeProto& node)
{
    const auto in = demand(scope, node, 0);
    const Shape& shape = in->tensor.shape;
    const auto list = [&](const char* attribute, int index) {
        if (const auto given = intsAttribute(node, attribute)) // before opset 10
            return *given;
        return index < node.input_size() && !node.input(index).empty() ? integers(scope, node.input(index))
                                                                       : std::vector<std::int64_t>{};
    };
    const auto starts = list("starts", 1);
    const auto ends = list("ends", 2);
    auto axes = list("axes", 3);
    auto steps = list("steps", 4);
    if (axes.empty())
        axes = allPositions(static_cast<std::int64_t>(starts.size()));
    if (steps.empty())
        steps.assign(starts.size(), 1);
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()
        || starts.size() > shape.size())
        reject("a Slice whose starts, ends, axes and steps differ in number");
    std::vector<std::vector<std::int64_t>> positions;
    for (const std::int64_t length : shape)
        positions.push_back(allPositions(length));
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::size_t axis = normalizedAxis(axes[i], shape.size());
        positions[axis] = slicePositions(shape[axis], starts[i], ends[i], steps[i]);
    }
    charge(in->tensor.bytes.size());
    Constant out = picked(*in, positions);
    out.key = keyOf("Slice " + in->key + " " + listText(starts) + " " + listText(ends) + " " + listText(axes)
                    + " " + listText(steps));
    return out;
}

Constant ConstantFolder::foldGather(Scope& scope, const onnx::NodeProto& node)
{
    const auto in = demand(scope, node, 0);
    const auto indices = demand(scope, node, 1);
    auto list = integers(scope, node.input(1));
    const Shape& shape = in->tensor.shape;
    const std::size_t axis = normalizedAxis(intAttribute(node, "axis", 0), shape.size());
    if (list.size() > 65536)
        reject("a Gather of " + std::to_string(list.size()) + " constant indices");
    const std::string recipe = "Gather " + in->key + " " + std::to_string(axis) + " " + listText(list);
    std::vector<std::vector<std::int64_t>> positions;
    Shape result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        positions.push_back(allPositions(shape[i]));
        if (i == axis)
            result.insert(result.end(), indices->tensor.shape.begin(), indices->tensor.shape.end());
        else
            result.push_back(shape[i]);
    }
    for (std::int64_t& index : list)
        if (index < 0)
            index += shape[axis];
    positions[axis] = list;
    const auto bytes = in->tensor.bytes.size();
    charge(bytes / static_cast<std::size_t>(std::max<std::int64_t>(shape[axis], 1)) * list.size());
    Constant out = reshaped(picked(*in, positions), result);
    out.key = keyOf(recipe);
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
