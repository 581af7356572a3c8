// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/shape.h"

#include <onnx/onnx_pb.h>

#include <map>
#include <set>
#include <span>
#include <string>

namespace quantoscope {

/// A node and the graph that it lies in: the main one or the body of an If, Loop or Scan.
struct NodePlace
{
    onnx::GraphProto* graph = nullptr;
    onnx::NodeProto* node = nullptr;
};

/// Changes to a model that keep it valid: nodes in an order that can run, names that occur once. Refers to the model, which nobody else
/// may change meanwhile.
class ModelEdit
{
public:
    explicit ModelEdit(onnx::ModelProto& model);

    /// The node that makes this value, wherever it lies; nothing in it where there is none.
    NodePlace nodeOf(const std::string& output) const;
    /// A name that nothing in the model has, made of this one.
    std::string freshName(const std::string& base);

    /// A constant of the main graph, which its bodies see as well. Returns its name, made of `base`.
    std::string addConstant(const std::string& base, onnx::TensorProto tensor);

    /// An empty node before or behind one of the graph. Other nodes stay where they are in memory.
    onnx::NodeProto& insertBefore(const NodePlace& place);
    onnx::NodeProto& insertBehind(const NodePlace& place);
    /// An empty node of the graph as soon as the value is there: behind the node that makes it or, where none of this graph does, first.
    onnx::NodeProto& insertBehindValue(onnx::GraphProto& graph, const std::string& value);

    /// What the node makes gets a name of its own, with that suffix, and its sum with `other` the old one.
    void addBehind(const NodePlace& place, const std::string& suffix, const std::string& other);

    /// The node reads `name` there from now on.
    void setInput(onnx::NodeProto& node, int slot, const std::string& name);

    /// The model uses the operators of that domain.
    void importDomain(const std::string& domain, std::int64_t version);

    /// Removes the constants that setInput() left without a reader, and the nodes that made them.
    void removeUnused();

private:
    void visit(onnx::GraphProto& graph);
    onnx::NodeProto& insertAt(onnx::GraphProto& graph, int position);

    onnx::ModelProto& m_model;
    std::map<std::string, NodePlace> m_nodes;
    std::set<std::string> m_names;
    std::set<std::string> m_released; ///< what setInput() replaced
};

/// A float32 tensor with bytes of its own; a scalar where `shape` is empty.
onnx::TensorProto tensorProto(const Shape& shape, std::span<const float> values);

onnx::AttributeProto& addAttribute(onnx::NodeProto& node, const std::string& name, std::int64_t value);

} // namespace quantoscope
