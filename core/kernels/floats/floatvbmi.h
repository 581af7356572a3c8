// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/floats/floatdecode.h"

namespace quantoscope {

/// For Isa::Avx512Vnni and codes of bytes, by permutations of bytes. Slices that it does not fit go to Isa::Avx512.
FloatDecoder vbmiGridDecoder();
FloatDecoder vbmiLevelDecoder();

} // namespace quantoscope
