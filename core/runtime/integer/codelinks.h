// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/modeledit.h"
#include "core/runtime/integer/codeoperator.h"
#include "core/runtime/integer/fusedclamp.h"
#include "core/runtime/integer/layeroperator.h"
#include "core/tensor/tensor.h"

#include <functional>

namespace quantoscope {

/// A node of the main graph that has become one of our layers.
struct PutNode
{
    onnx::NodeProto* node;
    LayerOperator* layer;
};

/// What is known of the model's constants.
struct KnownConstants
{
    ScalarConstants scalars;
    std::function<std::optional<Tensor>(const std::string&)> find;
};

/// Where all readers of a value want the same integers, those pass there in place of floats: between layers, into and out of an Add
/// with the Relu or Clip behind it (zeros that Concat puts behind an addend's channels included), and through MaxPool, which keeps
/// its input's, or writes their values where layers take them back to the same integers. Layers that only such sums read write floats [n][y][x][channels]. Everything else stays as it is.
/// Changes the model and what its layers read and write; returns the operators of the nodes that it has made its own, which name
/// them by their integerIndex.
std::vector<std::unique_ptr<CodeOperator>> linkByCodes(onnx::ModelProto& model, ModelEdit& edit,
                                                       std::span<const PutNode> layers,
                                                       const KnownConstants& constants, Isa isa);

} // namespace quantoscope
