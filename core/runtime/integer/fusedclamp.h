// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnx/onnx_pb.h>

#include <limits>
#include <map>
#include <string>

namespace quantoscope {

/// Who reads the values of a model, bodies of If, Loop and Scan included.
class Readers
{
public:
    explicit Readers(onnx::ModelProto& model);

    /// The one node of the main graph that reads the value, where nobody else does and it is no output; else null.
    onnx::NodeProto* only(const std::string& value) const;

private:
    struct Entry
    {
        int count = 0;
        onnx::NodeProto* node = nullptr;
    };
    void visit(onnx::GraphProto& graph, bool isMain);

    std::map<std::string, Entry> m_entries;
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

FusedClamp clampBehind(const Readers& readers, const std::string& value, const ScalarConstants& scalars);

} // namespace quantoscope
