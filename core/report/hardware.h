// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

struct InstructionSet
{
    std::string name;   ///< "avx512-vnni", "avx512", "avx2", "sse4", "neon", …, "scalar"
    std::string target; ///< the vector library's name of it: "AVX3_DL", …
    bool used = false;  ///< the engine's vector loops run on this one
};

/// Instruction sets that this processor has and the engine's vector loops are compiled for, best first.
std::vector<InstructionSet> instructionSets();

/// The one that the engine's vector loops run on.
InstructionSet usedInstructionSet();

/// Features that decide what narrow integers run natively ("avx512-vnni", "avx-vnni", "amx-int8",
/// "dotprod", "i8mm", …): the ones this processor has, in fixed order.
std::vector<std::string_view> cpuFeatures();

/// As the processor calls itself; "unknown" where it does not say.
std::string cpuName();

/// Threads the engine's pool uses.
int threadCount();

} // namespace quantoscope
