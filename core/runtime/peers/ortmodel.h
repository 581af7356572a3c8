// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/peers/ortpeer.h"

namespace quantoscope {

/// "x0", "x1", … of the inputs, "y0", … of the outputs.
std::string ortInputName(std::size_t index);
std::string ortOutputName(std::size_t index);

/// The bytes of an ONNX model of one node; inputs that are no constants are the graph's.
std::string ortModel(const OrtNode& node);

} // namespace quantoscope
