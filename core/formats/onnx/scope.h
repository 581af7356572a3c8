// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/constant.h"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace quantoscope {

class Scope;

/// Indices of the nearest layers upstream, ascending; at most `frontierLimit`, the latest.
using Frontier = std::vector<std::uint32_t>;
inline constexpr std::size_t frontierLimit = 16;

/// `into` becomes the union of both, cut to the latest layers.
void mergeFrontier(Frontier& into, const Frontier& other);

/// One named value of a graph.
struct Value
{
    const onnx::NodeProto* producer = nullptr; ///< null: initializer or graph input
    Scope* scope = nullptr;                    ///< where the producer's inputs are looked up
    bool isConstant = false;                   ///< made of stored tensors only
    std::shared_ptr<const Constant> constant;  ///< once decoded or folded
    std::string failure;                       ///< why it could not be
    Frontier upstream;
};

/// The names of one graph; a subgraph also sees those of the graphs around it.
class Scope
{
public:
    explicit Scope(const onnx::GraphProto& graph, Scope* outer = nullptr) : m_graph(graph), m_outer(outer) {}

    /// Whether it is the graph inside an If, Loop or Scan.
    bool isBody() const { return m_outer != nullptr; }

    /// The innermost value of that name or nullptr. An empty name is a left-out input: nullptr.
    Value* find(const std::string& name);

    /// A new value; the existing one when the graph already defines the name (a damaged file).
    /// The name must outlive the scope.
    Value& define(const std::string& name);

    /// The one node of this graph that reads the value; nullptr when there are none or several.
    const onnx::NodeProto* onlyConsumer(const std::string& name);

    /// The node of this graph that makes the value, whether visited or not; nullptr when none does.
    const onnx::NodeProto* producer(const std::string& name);

private:
    void indexNodes();

    const onnx::GraphProto& m_graph;
    Scope* m_outer;
    bool m_indexed = false; ///< few graphs need the two maps below: made on first use
    std::unordered_map<std::string_view, const onnx::NodeProto*> m_producers;
    std::unordered_map<std::string_view, const onnx::NodeProto*> m_consumers;
    std::unordered_map<std::string_view, Value> m_values;
};

} // namespace quantoscope
