// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/tile.h"

namespace quantoscope {

/// Activations int16 × weights int16, two products summed in an int32 lane: the tile of every instruction set without a dot product
/// of bytes. Panels hold 8 columns (SSE4, NEON), 16 (AVX2), 32 (AVX-512), 4 (scalar). Exact where every column's sum fits in int32;
/// beyond it wraps around. Weights of 8 bits and activations of 8 bits are safe up to 65,793 codes. Avx512Vnni gets Avx512's.
/// Thread-safe. Source: PMADDWD of Intel's Software Developer's Manual; SMLAL of Arm's Architecture Reference Manual.
const TileKernel& pairTile(Isa isa);

} // namespace quantoscope
