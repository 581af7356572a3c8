// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/tensordecoder.h"
#include "core/runtime/fake/modeledit.h"
#include "core/runtime/model/runmodel.h"

#include <optional>
#include <unordered_map>

namespace quantoscope {

/// A stored float32 tensor.
struct FloatConstant
{
    Shape shape;
    std::vector<float> values;
};

/// A copy of a model whose float constants are changed so that it goes on computing the same. Refers to nothing of the original but its
/// external data. Not for several threads.
class FloatGraph
{
public:
    explicit FloatGraph(std::shared_ptr<const RunModel> model);

    const RunModel& original() const { return *m_model; }

    /// The node of the main graph that makes the value; null: none.
    onnx::NodeProto* producer(const std::string& value) const;
    /// The node of the main graph that reads the value, when nothing else does: no other node or slot, no body, no graph output.
    onnx::NodeProto* onlyReader(const std::string& value) const;
    /// Nodes' inputs and graph outputs that read the value, in bodies too.
    int readers(const std::string& value) const;

    /// A float32 initializer of the main graph, as it is by now; nothing for anything else.
    std::optional<FloatConstant> constant(const std::string& name);
    /// Changes what the node reads there: in place when it alone reads it (the name stays), else as a new constant.
    void setConstant(onnx::NodeProto& node, int slot, const FloatConstant& constant);

    /// For new nodes; constants go through setConstant() and addConstant().
    ModelEdit& edit() { return m_edit; }
    std::string addConstant(const std::string& base, const FloatConstant& constant);

    /// The model as it is by now. The graph is not used again.
    std::shared_ptr<const RunModel> finish(const std::stop_token& stop);

private:
    std::shared_ptr<const RunModel> m_model;
    onnx::ModelProto m_proto;
    ModelEdit m_edit;
    TensorDecoder m_decoder;
    std::unordered_map<std::string, onnx::TensorProto*> m_constants;
    std::unordered_map<std::string, onnx::NodeProto*> m_producers;
    std::unordered_map<std::string, onnx::NodeProto*> m_readers; ///< a node of the main graph, the last
    std::unordered_map<std::string, int> m_uses;
};

/// values[…, i, …] *= factors[i] along that axis of the shape.
void multiplyAlong(FloatConstant& constant, std::size_t axis, std::span<const float> factors);

} // namespace quantoscope
