// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace quantoscope {

/// Instruction sets that the vectorized loops are compiled for and this processor has, best first: names of
/// Highway's targets ("AVX3" is AVX-512 F/BW/DQ/VL, "SCALAR" plain code).
std::vector<std::string> vectorTargets();

/// The one in use.
std::string vectorTarget();

/// Uses that one from now on; "" returns to the best. Throws Error(InvalidArgument) when this processor lacks it.
/// Results do not change, only speed. Not while loops run.
void forceVectorTarget(const std::string& name);

} // namespace quantoscope
