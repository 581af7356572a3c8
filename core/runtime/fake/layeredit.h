// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/activationquantizer.h"
#include "core/runtime/quantizednetwork.h"

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace quantoscope {

/// The values of a layer's quantized weight in the order of its tensor in the file. What is not finite is NaN.
std::vector<float> quantizedWeight(const Network& network, const QuantizedLayer& quantized);

/// Columns that stay in binary16 [elements in the order of the tensor]; empty: none.
std::vector<std::uint8_t> halfElements(const Network& network, const QuantizedLayer& quantized);

bool isRecurrent(LayerKind kind);

/// The input position of what is multiplied with a weight at `slot`; -1: a state of the node's own, or indices.
int dataSlot(const onnx::NodeProto& node, int slot);

/// Whether the rows of the data of a product are its last axis: not where the weight is the left factor or the data are transposed.
bool rowsAreLast(const onnx::NodeProto& node, int slot);

/// Why the weight at that input of the node cannot be exchanged by floats; "" when it can.
std::string whyNotExchanged(const Network& network, const Layer& layer, const onnx::NodeProto& node);

/// Why the data of the node cannot be quantized so; "" when they can.
std::string whyNotActivations(const Layer& layer, const QuantizedLayer& quantized,
                              const onnx::NodeProto& node, int slot);

/// How the data that the layer multiplies are quantized. scheme.act is set.
ActivationRule activationRule(const QuantizedNetwork& network, const QuantizedLayer& quantized);

} // namespace quantoscope
