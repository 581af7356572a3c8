// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// to[3 · pixel + c] = planes[c · planeStride + pixel]: images with colours, the input of most networks. Thread-safe.
using JoinThreePlanes = void (*)(const std::int8_t* planes, std::size_t planeStride, std::size_t pixels,
                                 std::int8_t* to);

/// Null where there is none for the instruction set.
JoinThreePlanes joinThreePlanes(Isa isa);

} // namespace quantoscope
