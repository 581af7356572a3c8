// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/network.h"

#include <algorithm>
#include <cassert>

namespace quantoscope {

namespace {

/// Walks the elements in memory order and knows which parameter set each one belongs to.
struct SetIndex
{
    std::size_t channels = 1; ///< length of the axis
    std::size_t inner = 1;    ///< elements behind the axis
    std::size_t block = 1;    ///< axis positions that share a set
    std::size_t blocks = 1;   ///< sets along the axis
    bool innerSplits = false; ///< blocked: every position behind the axis has its own set

    std::size_t of(std::size_t element) const
    {
        const std::size_t along = element / inner % channels / block;
        if (!innerSplits)
            return along;
        return (element / inner / channels * blocks + along) * inner + element % inner;
    }
};

SetIndex setIndexOf(const StoredQuantization& stored, const Shape& shape)
{
    SetIndex index;
    if (stored.axis < 0) {
        index.block = index.channels;
        return index;
    }
    const auto axis = static_cast<std::size_t>(stored.axis);
    index.channels = static_cast<std::size_t>(shape[axis]);
    for (std::size_t i = axis + 1; i < shape.size(); ++i)
        index.inner *= static_cast<std::size_t>(shape[i]);
    if (stored.block > 0) {
        index.block = static_cast<std::size_t>(stored.block);
        index.blocks = (index.channels + index.block - 1) / index.block;
        index.innerSplits = true;
    }
    return index;
}

std::string zeroPointText(const std::vector<std::int32_t>& zeroPoints)
{
    if (std::all_of(zeroPoints.begin(), zeroPoints.end(), [](auto z) { return z == 0; }))
        return ", symmetric";
    if (std::adjacent_find(zeroPoints.begin(), zeroPoints.end(), std::not_equal_to<>()) == zeroPoints.end())
        return ", zero point " + std::to_string(zeroPoints.front());
    return ", zero points";
}

} // namespace

std::string StoredQuantization::description() const
{
    std::string text = (isSigned ? "int" : "uint") + std::to_string(bits);
    if (isFloat)
        text = "float" + std::to_string(bits);
    if (scales.empty())
        text += " codes without a scale";
    else if (axis < 0)
        text += " per tensor";
    else if (block > 0)
        text += " per block of " + std::to_string(block) + " along axis " + std::to_string(axis);
    else
        text += " per channel (axis " + std::to_string(axis) + ")";
    return isFloat ? text : text + zeroPointText(zeroPoints);
}

FloatArray valuesOf(const Weight& weight)
{
    if (!weight.stored)
        return floatsOf(weight.data);
    const StoredQuantization& stored = *weight.stored;
    auto values = std::make_shared<std::vector<float>>(weight.data.size());
    readFloats(weight.data, 0, *values);
    const SetIndex index = setIndexOf(stored, weight.data.shape);
    for (std::size_t i = 0; i < values->size(); ++i) {
        const std::size_t set = stored.scales.size() > 1 ? index.of(i) : 0;
        const std::size_t zeroSet = stored.zeroPoints.size() > 1 ? index.of(i) : 0;
        assert(set < std::max<std::size_t>(stored.scales.size(), 1));
        const double scale = stored.scales.empty() ? 1.0 : static_cast<double>(stored.scales[set]);
        const double zero = stored.zeroPoints.empty() ? 0.0 : stored.zeroPoints[zeroSet];
        // Exact in double for codes of up to 16 bits: one rounding, as the operator defines it.
        (*values)[i] = static_cast<float>(scale * (static_cast<double>((*values)[i]) - zero));
    }
    return {*values, values};
}

} // namespace quantoscope
