// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"

#include <span>
#include <string>
#include <vector>

namespace quantoscope {

/// "f32 ?×3×48×?"
std::string describe(DType type, const Shape& shape);

/// A graph input and what is known of it.
struct GraphInput
{
    GraphValue value;
    bool hasShape = true; ///< false: any shape fits
};

/// One tensor for each input, in their order, of its very type and a shape that fits; see NetworkSession::run for what is converted
/// and what is refused. `file` is named in messages.
std::vector<Tensor> matchedInputs(std::span<const InputValue> given, const std::vector<GraphInput>& inputs,
                                  const std::string& file);

/// The tensor as another type: floats become floats, rounded once; integers become any type that holds each of them exactly. Throws
/// Error(InvalidArgument) with a reason when a value would be lost or the types do not convert.
Tensor converted(const Tensor& tensor, DType type);

} // namespace quantoscope
