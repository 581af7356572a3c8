// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/modeledit.h"
#include "core/runtime/qdq/integerforms.h"

namespace quantoscope {

/// Exchanges layers by DynamicQuantizeLinear and an integer product whose sums are scaled behind it. Layers that share data quantize
/// them once. Layers are those that whyNotStandard() has nothing against.
class DynamicProducts
{
public:
    DynamicProducts(const Network& network, ModelEdit& edit) : m_network(network), m_edit(edit) {}

    void replace(const QuantizedLayer& quantized, const IntegerWeight& weight);

private:
    struct Codes
    {
        std::string codes, scale, zero;
    };
    const Codes& codesOf(onnx::GraphProto& graph, const std::string& value);
    onnx::NodeProto& addNode(const NodePlace& before, const char* op, const std::vector<std::string>& inputs);
    std::string biasName(const NodePlace& place, const Layer& layer, const QuantizedLayer& quantized,
                         std::size_t rank);
    void replaceNode(const NodePlace& place, const QuantizedLayer& quantized, const IntegerWeight& weight);

    const Network& m_network;
    ModelEdit& m_edit;
    std::map<std::string, Codes> m_codes;
};

} // namespace quantoscope
