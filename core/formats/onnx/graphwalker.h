// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/constantfolder.h"
#include "core/formats/onnx/weightuses.h"
#include "core/support/progress.h"

#include <set>
#include <unordered_map>

namespace quantoscope {

/// Goes through a model's graphs once, node by node in file order, and fills the network's layers, weights,
/// neighbours, skipped parts and parameter count. Linear in nodes and values.
class GraphWalker
{
public:
    GraphWalker(Network& network, TensorDecoder& decoder, ConstantFolder& folder, std::stop_token stop)
        : m_network(network), m_decoder(decoder), m_folder(folder), m_stop(std::move(stop))
    {
    }

    void visit(const onnx::GraphProto& graph);

    /// Gives every layer its name; call once, after the visits.
    void nameLayers();

private:
    void visitGraph(const onnx::GraphProto& graph, Scope& scope);
    void visitNode(const onnx::NodeProto& node, Scope& scope);
    void visitConstantNode(const onnx::NodeProto& node, Scope& scope);
    void visitSubgraphs(const onnx::NodeProto& node, Scope& scope, std::vector<Frontier>& outputs);
    void visitSubgraph(const onnx::NodeProto& node, const onnx::GraphProto& body, Scope& scope,
                       std::vector<Frontier>& outputs);
    void defineStored(Value& value, const std::string& name, const onnx::TensorProto& proto);
    void setConstant(Value& value, const std::string& name, Tensor tensor);
    Frontier addLayers(const onnx::NodeProto& node, Scope& scope, const Frontier& upstream);
    std::uint32_t layerFor(const onnx::NodeProto& node, const WeightUse& use, Scope& scope);
    Layer newLayer(const onnx::NodeProto& node, const WeightUse& use, std::uint32_t next);
    void skip(const std::string& name, const std::string& reason);
    std::string labelOf(const onnx::NodeProto& node) const;

    Network& m_network;
    TensorDecoder& m_decoder;
    ConstantFolder& m_folder;
    std::stop_token m_stop;
    std::unordered_map<std::string, std::uint32_t> m_layerOfWeight; ///< by Constant::key
    std::vector<std::set<LayerId>> m_after;
    std::vector<std::set<LayerId>> m_before;
    std::size_t m_storedTensors = 0;
};

} // namespace quantoscope
