// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

namespace quantoscope {

/// The instruction set that kernels run on: of the option, or else of the environment variable QUANTOSCOPE_ISA, or else the best.
/// Throws UsageError where the processor lacks it or there is none of that name.
Isa wantedIsa(const std::string& option);

} // namespace quantoscope
