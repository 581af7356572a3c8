// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/tile.h"

#include "core/kernels/pair/pairtile.h"
#include "core/kernels/quad/quadtile.h"

namespace quantoscope {

const TileKernel& tileKernel(Isa isa)
{
    return isa == Isa::Avx512Vnni && quadTile().multiply != nullptr ? quadTile() : pairTile(isa);
}

} // namespace quantoscope
