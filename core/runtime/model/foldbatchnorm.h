// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/onnx/tensordecoder.h"

#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// Folds BatchNormalization nodes into the Conv, ConvTranspose or Gemm in front of them: y = γ(Wx + b - μ)/√(σ² + ε) + β becomes one
/// weight and one bias, in double, rounded once. Only where the result is the same for every input: float32 statistics, weight and
/// bias stored in the same graph, inference mode, a weight and a value between that nobody else reads. What is left keeps its node's
/// name and gives out the value that the norm gave. Returns one sentence for each. Throws Error, Cancelled.
std::vector<std::string> foldBatchNorms(onnx::ModelProto& model, TensorDecoder& decoder,
                                        const std::stop_token& stop);

} // namespace quantoscope
