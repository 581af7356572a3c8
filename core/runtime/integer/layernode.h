// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"
#include "core/runtime/integer/layeroperator.h"

#include <onnx/onnx_pb.h>

#include <stop_token>

namespace quantoscope {

/// A node of the main graph that multiplies with a quantized weight.
struct LayerNodeWork
{
    const onnx::NodeProto& node;
    int slot = 1; ///< input position of the weight
    const Network& network;
    const QuantizedLayer& quantized;
    DynamicRange dynamicRange = DynamicRange::Sample;
    std::optional<Tensor> bias; ///< constant third input of the node
    float low = 0;              ///< of what is fused behind it; low < high: results are clamped
    float high = 0;
};

/// Packs the node for our kernels. Throws Error(Unsupported) in one sentence where none does what it does, and Cancelled.
std::unique_ptr<LayerOperator> operatorFor(const LayerNodeWork& work, Isa isa, std::stop_token stop);

} // namespace quantoscope
