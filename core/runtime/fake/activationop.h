// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"
#include "core/runtime/fake/activationquantizer.h"

namespace quantoscope {

/// Domain and name of the operator, and its attribute: which of the rules (int).
inline constexpr const char* activationDomain = "quantoscope";
inline constexpr const char* activationOp = "QuantizeActivation";
inline constexpr const char* activationRuleAttribute = "rule";

/// y = the levels of x, both float32 of one shape, by the rule of that number: ActivationQuantizer as an operator of ONNX Runtime. It
/// computes on the shared pool. A rule that does not fit a value fails the run with its message.
std::shared_ptr<CustomOperators> activationOperators(std::vector<ActivationRule> rules, Isa isa = bestIsa());

} // namespace quantoscope
