// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/integer/codelinks.h"

namespace quantoscope {

/// How a value passes from node to node.
///   Floats  as in the file
///   Reals   floats, images [n][y][x][channels]
///   Codes   integers of a rule, images as well
/// Floats of a rule are the values of its codes, as in the file otherwise: for layers that quantize them to these codes again.
struct CodeForm
{
    enum class Kind { Floats, Reals, Codes };
    Kind kind = Kind::Floats;
    const RowRule* rule = nullptr;

    bool isOfCodes() const { return kind == Kind::Codes || rule != nullptr; }
};

/// A node that may write integers: a layer, an Add of images with the clamp behind it, a MaxPool over two axes.
struct CodeCandidate
{
    enum class Kind { Layer, Sum, Pool };
    struct Input
    {
        std::string value;
        Shape zeros; ///< what `appending` puts behind the channels
        const onnx::NodeProto* appending = nullptr;
    };

    Kind kind = Kind::Layer;
    onnx::NodeProto* node = nullptr;
    LayerOperator* layer = nullptr;
    std::vector<Input> inputs; ///< of sums and pools: values of candidates
    FusedClamp clamp;
    PoolAxis poolY, poolX;
    std::int64_t channels = 0; ///< of its images; 0: its results are none
    bool alive = true;
    CodeForm form;

    onnx::NodeProto& last() const { return clamp.node != nullptr ? *clamp.node : *node; }
    const std::string& value() const { return last().output(0); }
};

/// All of the main graph, in its order.
std::vector<CodeCandidate> codeCandidates(onnx::ModelProto& model, const ModelEdit& edit,
                                          const Readers& readers, std::span<const PutNode> layers,
                                          const KnownConstants& constants);

} // namespace quantoscope
