// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"
#include "core/runtime/integer/layeroperator.h"

namespace quantoscope {

inline constexpr const char* integerDomain = "ai.quantoscope";
inline constexpr const char* integerOp = "QuantizedLayer";
inline constexpr const char* integerIndex = "index"; ///< its attribute: which operator

/// ONNX Runtime's operator for our layers: float32 in, float32 out, quantized between. The operators lie here with their packed
/// weights, whatever sessions are made; sessions that run at the same time wait for each other at a layer that both have.
std::shared_ptr<CustomOperators> integerOperators(std::vector<std::unique_ptr<LayerOperator>> layers);

} // namespace quantoscope
