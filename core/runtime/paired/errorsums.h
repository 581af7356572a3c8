// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"

#include <array>

namespace quantoscope {

inline constexpr std::size_t errorSumCount = 7;
inline constexpr const char* pairedDomain = "quantoscope.paired";
inline constexpr const char* errorSumsOp = "ErrorSums";

/// The operator of paired models: two values of one shape in (float32, float16 or float64), the numbers of PairSums out. `rest`: what
/// else the model needs, or null.
std::shared_ptr<CustomOperators> pairedOperators(std::shared_ptr<CustomOperators> rest);

} // namespace quantoscope
