// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// Instruction sets that the integer kernels are written for, worst first.
///   Scalar       plain C++
///   Neon         Armv8-A Advanced SIMD (aarch64's baseline: no dot products)
///   Sse4         SSE4.2
///   Avx2         AVX2, FMA, BMI2, F16C
///   Avx512       AVX-512 F, BW, DQ, VL
///   Avx512Vnni   the same with VNNI, VBMI, BITALG and VPOPCNTDQ
enum class Isa { Scalar, Neon, Sse4, Avx2, Avx512, Avx512Vnni };

/// "scalar", "neon", "sse4", "avx2", "avx512", "avx512-vnni": the names of `--isa`.
std::string_view nameOf(Isa isa);

/// Compiled in and on this processor, best first; never empty.
std::vector<Isa> availableIsas();
bool isAvailable(Isa isa);
Isa bestIsa();

/// Throws Error(InvalidArgument) for an unknown name (the nearest one is named) and for a set that this processor lacks.
Isa parseIsa(std::string_view name);

} // namespace quantoscope
