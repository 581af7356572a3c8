// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/modeledit.h"

#include <onnx/onnx_pb.h>

#include <string>

namespace quantoscope {

/// The standard operators that the model uses, by version.
onnx::OperatorSetIdProto& standardSet(onnx::ModelProto& model);

/// Raises operator set 9 to 10, the first with QuantizeLinear: Slice gets its ranges as inputs, Upsample is called Resize; everything else
/// means the same in both. Returns why the model stays as it is (older, or TopK in it); "" when it is new enough then.
std::string raiseOperatorSet(onnx::ModelProto& model, ModelEdit& edit);

} // namespace quantoscope
