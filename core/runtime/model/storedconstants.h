// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>

namespace quantoscope {

/// Turns Constant nodes into initializers of their graph, in bodies too, moving their bytes. Left as they are: sparse ones and those
/// whose value the graph gives out itself. Returns how many were turned.
std::size_t storeConstants(onnx::ModelProto& model);

/// Initializers that a caller could override (graph inputs of the same name; before IR version 4 all had to be) become constants of
/// the model, which then is of version 4 at least. Returns how many inputs were removed.
std::size_t closeInitializers(onnx::ModelProto& model);

} // namespace quantoscope
