// SPDX-License-Identifier: GPL-3.0-or-later
// The operators of ConstantFolder that give a tensor another shape or pick parts of it.
#include "core/formats/onnx/attributes.h"
#include "core/formats/onnx/constantfolder.h"
#include "core/formats/onnx/constantops.h"
#include "core/support/error.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace quantoscope {

namespace {

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

std::vector<std::int64_t> ConstantFolder::axesOf(Scope& scope, const onnx::NodeProto& node, int inputIndex)
{
    if (const auto axes = intsAttribute(node, "axes"))
        return *axes;
    if (inputIndex < node.input_size() && !node.input(inputIndex).empty())
        return integers(scope, node.input(inputIndex));
    return {};
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

} // namespace quantoscope
