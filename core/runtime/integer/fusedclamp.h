// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/model/runmodel.h"

#include <onnx/onnx_pb.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace quantoscope {

/// Who reads the values of a model, bodies of If, Loop and Scan included.
class Readers
{
public:
    explicit Readers(onnx::ModelProto& model);

    /// The nodes of the main graph that read the value, one for each of their inputs, where nobody else does: no body, and no
    /// output of the graph. Else none.
    std::vector<onnx::NodeProto*> all(const std::string& value) const;
    /// The one that does, or null.
    onnx::NodeProto* only(const std::string& value) const;

private:
    void visit(onnx::GraphProto& graph, bool isMain);

    std::map<std::string, std::vector<onnx::NodeProto*>> m_nodes; ///< null: somebody else
};

/// Relu, or a Clip between constants, behind a layer: clamped to [low, high] where low < high.
struct FusedClamp
{
    onnx::NodeProto* node = nullptr; ///< null: none
    float low = 0;
    float high = 0;
};

/// Float constants of one element, by name.
using ScalarConstants = std::map<std::string, float>;

/// Those among the initializers of the main graph.
ScalarConstants scalarConstants(const std::shared_ptr<const RunModel>& model);

FusedClamp clampBehind(const Readers& readers, const std::string& value, const ScalarConstants& scalars);

} // namespace quantoscope
