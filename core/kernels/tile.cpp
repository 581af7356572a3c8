// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/tile.h"

#include "core/kernels/pair/pairtile.h"

namespace quantoscope {

const TileKernel& tileKernel(Isa isa) { return pairTile(isa); }

} // namespace quantoscope
