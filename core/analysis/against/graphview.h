// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/storedrange.h"
#include "core/formats/onnx/tensordecoder.h"
#include "core/runtime/model/runmodel.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace quantoscope {

/// Who makes and who reads the values of a model's main graph. Keeps the model. Not for several threads.
class GraphView
{
public:
    explicit GraphView(std::shared_ptr<const RunModel> model);

    const RunModel& model() const { return *m_model; }
    const std::shared_ptr<const RunModel>& shared() const { return m_model; }

    /// Null: an input of the graph, an initializer, or no value of it.
    const onnx::NodeProto* producer(const std::string& value) const;
    /// The one node that reads the value, where it is no output of the graph; else null.
    const onnx::NodeProto* onlyReader(const std::string& value) const;
    bool isOutput(const std::string& value) const { return m_outputs.count(value) > 0; }
    /// Whether a node or an input of the graph gives the value at run time.
    bool has(const std::string& value) const;
    bool isConstant(const std::string& value) const { return m_initializers.count(value) > 0; }

    /// A constant's elements as doubles: an initializer, dequantized or reshaped ones too. Nothing for others and for
    /// more than a million of them, nor behind more than `depth` nodes.
    std::optional<std::vector<double>> constant(const std::string& value, int depth = 16) const;

    /// Of scale and zero point beside codes, both constants of one element (zero point "": none).
    std::optional<StoredRange> range(const std::string& scale, const std::string& zeroPoint) const;

    /// The bits and sign of an initializer's elements; nothing for floats.
    std::optional<StoredRange> codeType(const std::string& initializer) const;

private:
    std::optional<Tensor> tensor(const std::string& initializer) const;
    std::optional<std::vector<double>> dequantized(const onnx::NodeProto& node, int depth) const;

    std::shared_ptr<const RunModel> m_model;
    mutable TensorDecoder m_decoder;
    std::unordered_map<std::string, const onnx::NodeProto*> m_producers;
    std::unordered_map<std::string, std::vector<const onnx::NodeProto*>> m_readers;
    std::unordered_map<std::string, const onnx::TensorProto*> m_initializers;
    std::unordered_map<std::string, int> m_outputs; ///< with their position
};

/// "" where the node has no input there.
std::string inputOf(const onnx::NodeProto& node, int slot);

} // namespace quantoscope
