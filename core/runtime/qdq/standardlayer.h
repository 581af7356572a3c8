// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/modeledit.h"
#include "core/runtime/qdq/integerforms.h"

namespace quantoscope {

/// Whether each inference finds the range of the layer's activations.
bool isDynamic(const QuantizedLayer& quantized);

/// Why the standard's 8-bit operators cannot compute the layer; "" when they can.
std::string whyNotStandard(const Network& network, const QuantizedLayer& quantized, const ModelEdit& edit);

/// The bias to be written in place of the node's, one value an output; empty: the node's own stays as it is.
std::vector<float> biasFor(const Layer& layer, const QuantizedLayer& quantized, const onnx::NodeProto& node);

} // namespace quantoscope
