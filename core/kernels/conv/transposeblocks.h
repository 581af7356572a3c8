// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// 64 rows of 64 or 32 bytes become 64 or 32 rows of 64 bytes: whole cache lines are written.
using TransposeBlock = void (*)(const std::int8_t* from, std::size_t fromStride, std::int8_t* to,
                                std::size_t toStride);
inline constexpr std::size_t transposeBlockRows = 64;

/// Null where there is none for the instruction set.
TransposeBlock transposeBlock64(Isa isa);
TransposeBlock transposeBlock32(Isa isa);

} // namespace quantoscope
