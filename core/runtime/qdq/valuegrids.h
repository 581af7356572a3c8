// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/qdq/integerforms.h"

#include <map>
#include <set>
#include <string>

namespace quantoscope {

/// The grids of the values of a main graph, by name, as a tool for static quantization spreads them: the inputs of quantized layers;
/// what operators that only move values (MaxPool, Reshape, Transpose …) read and make for them; the outputs of convolutions
/// and Gemm where their range is known, behind a Relu or Clip that nothing else reads before.
/// `model`: a copy of the network's, not edited yet. `layers`: those that run on integers; a value that several of them read has the grid
/// of the first.
std::map<std::string, CodeGrid> valueGrids(const QuantizedNetwork& network, onnx::ModelProto& model,
                                           const std::set<std::uint32_t>& layers);

} // namespace quantoscope
