// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"
#include "core/runtime/integer/codeoperator.h"
#include "core/runtime/integer/layeroperator.h"

namespace quantoscope {

inline constexpr const char* integerDomain = "ai.quantoscope";
inline constexpr const char* integerIndex =
    "index"; ///< attribute of the operators: which layer, or which on codes

/// The operator's name, by whether its input and its output are integers between layers (int8) or float32.
const char* integerOp(bool readsCodes, bool writesCodes);

/// ONNX Runtime's operators for our layers, which lie here with their packed weights, whatever sessions are made. Sessions that
/// run at the same time wait for each other at a layer that both have.
std::shared_ptr<CustomOperators> integerOperators(std::vector<std::unique_ptr<LayerOperator>> layers,
                                                  std::vector<std::unique_ptr<CodeOperator>> between = {});

} // namespace quantoscope
