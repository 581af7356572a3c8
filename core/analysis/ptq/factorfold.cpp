// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/factorfold.h"

#include "core/formats/onnx/attributes.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// A constant of a node and the axis along which factors go into it.
struct Place
{
    onnx::NodeProto* node = nullptr;
    int slot = 0;
    std::size_t axis = 0;
};

/// Looks for the places, upwards from a value.
class Finder
{
public:
    Finder(FloatGraph& graph, int axisFromEnd, std::size_t count)
        : m_graph(graph), m_fromEnd(static_cast<std::size_t>(axisFromEnd)), m_count(count)
    {
    }

    bool find(const std::string& value, int readers)
    {
        onnx::NodeProto* node = m_graph.producer(value);
        if (!node || node->output_size() != 1 || m_graph.readers(value) != readers)
            return false;
        const std::string& op = node->op_type();
        if (op == "Relu" || op == "LeakyRelu" || op == "Identity")
            return find(node->input(0), 1);
        if (op == "Add")
            return sum(*node);
        if (op == "Mul")
            return alongChannels(*node, 0) || alongChannels(*node, 1);
        if (op == "LayerNormalization")
            return m_fromEnd == 1 && wholeLastAxis(*node) && pair(*node, 0, 0);
        if (op == "BatchNormalization")
            return m_fromEnd > 1 && pair(*node, 0, 0);
        if (op == "Conv")
            return m_fromEnd > 1 && pair(*node, 0, 0);
        if (op == "Gemm")
            return m_fromEnd == 1 && gemm(*node);
        return op == "MatMul" && m_fromEnd == 1 && lastAxis(*node, 1);
    }

    const std::vector<Place>& places() const { return m_places; }

private:
    static bool wholeLastAxis(const onnx::NodeProto& node) { return intAttribute(node, "axis", -1) == -1; }

    bool add(onnx::NodeProto& node, int slot, std::size_t axis, const std::optional<FloatConstant>& constant)
    {
        if (!constant || axis >= constant->shape.size()
            || static_cast<std::size_t>(constant->shape[axis]) != m_count)
            return false;
        m_places.push_back({&node, slot, axis});
        return true;
    }

    /// Weight or scale, and the bias where there is one.
    bool pair(onnx::NodeProto& node, std::size_t weightAxis, std::size_t biasAxis)
    {
        const auto weight = m_graph.constant(node.input(1));
        const bool isOwn = m_graph.readers(node.input(1)) == 1; // one layer stays one
        if (!isOwn || !add(node, 1, weightAxis, weight))
            return false;
        if (node.input_size() < 3 || node.input(2).empty())
            return true;
        const auto bias = m_graph.constant(node.input(2));
        return bias && bias->values.size() == m_count && add(node, 2, biasAxis, bias);
    }

    bool gemm(onnx::NodeProto& node)
    {
        const auto bias = node.input_size() > 2 ? m_graph.constant(node.input(2)) : std::nullopt;
        return pair(node, intAttribute(node, "transB", 0) != 0 ? 0 : 1,
                    bias && !bias->shape.empty() ? bias->shape.size() - 1 : 0);
    }

    bool lastAxis(onnx::NodeProto& node, int slot)
    {
        const auto constant = m_graph.constant(node.input(slot));
        return constant && constant->shape.size() > 1 && m_graph.readers(node.input(slot)) == 1
               && add(node, slot, constant->shape.size() - 1, constant);
    }

    /// A constant of one number for each channel.
    bool alongChannels(onnx::NodeProto& node, int slot)
    {
        const auto constant = m_graph.constant(node.input(slot));
        return constant && constant->shape.size() >= m_fromEnd && constant->values.size() == m_count
               && add(node, slot, constant->shape.size() - m_fromEnd, constant);
    }

    bool sum(onnx::NodeProto& node)
    {
        for (const int slot : {0, 1})
            if (alongChannels(node, slot))
                return find(node.input(1 - slot), 1);
        return false;
    }

    FloatGraph& m_graph;
    std::size_t m_fromEnd;
    std::size_t m_count;
    std::vector<Place> m_places;
};

} // namespace

bool foldFactors(FloatGraph& graph, const std::string& value, int readers, int axisFromEnd,
                 std::span<const float> factors)
{
    Finder finder(graph, axisFromEnd, factors.size());
    if (!finder.find(value, readers))
        return false;
    for (const Place& place : finder.places()) {
        FloatConstant constant = *graph.constant(place.node->input(place.slot));
        multiplyAlong(constant, place.axis, factors);
        graph.setConstant(*place.node, place.slot, constant);
    }
    return true;
}

} // namespace quantoscope
