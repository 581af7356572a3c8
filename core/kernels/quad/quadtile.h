// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/tile.h"

namespace quantoscope {

/// AVX-512 VNNI: vpdpbusd on 12 rows × 32 columns. Its multiply is null where the compiler's processor family has no such thing.
const TileKernel& quadTile();

} // namespace quantoscope
