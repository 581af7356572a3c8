// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// At most 64 rows of at most 64 bytes; up to 64 bytes of a line are written at once.
using TransposeBlock = void (*)(const std::int8_t* from, std::size_t fromStride, std::size_t rows,
                                std::size_t columns, std::int8_t* to, std::size_t toStride);
inline constexpr std::size_t transposeBlockSize = 64;

/// Null where there is none for the instruction set.
TransposeBlock transposeBlock(Isa isa);

} // namespace quantoscope
