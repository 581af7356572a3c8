// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/model/runmodel.h"

#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// Cross-layer equalization of a network (equalize()): every chain of Conv, Gemm and MatMul layers in which each is read by
/// the next alone, with nothing but Relu, LeakyRelu, PRelu, pooling, Flatten in front of a product, or Clip from 0 between
/// them. A Clip with an upper bound becomes a Relu and a Min with one bound for each channel. Weights and biases are float32 and stored for one
/// node alone. Batch norm between layers ends a chain: fold it before. The model computes the same but for float32 rounding, and
/// its values keep their names, but those inside a chain are scaled channel by channel.
/// `notes`: each chain, or that there was none. Throws Error, Cancelled. Source: Nagel et al., arXiv 1906.04721, section 4.1.
std::shared_ptr<const RunModel> equalized(std::shared_ptr<const RunModel> model,
                                          std::vector<std::string>& notes, std::stop_token stop);

} // namespace quantoscope
