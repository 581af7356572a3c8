// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/planes/weightplanes.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// Up to how many rows are multiplied faster straight from these planes than through decoded panels; 0 where they cannot be: the
/// instruction set lacks VNNI, the weights have a table, or the depth is beyond 65,793.
std::size_t quadVectorRows(const WeightPlanes& planes);

/// acc[columns] = Σ code · activation of one row times one panel. The planes are read once, in order, and never written decoded:
/// fields are masked where they lie, those at each bit position have accumulators of their own, shifted once at the end.
/// `row`: the row's place in int8 [steps][rows][4]; paddedSteps are read. 1 ≤ rows ≤ quadVectorRows().
void multiplyQuadVector(const WeightPlanes& planes, std::size_t panel, const std::byte* row, std::size_t rows,
                        std::int32_t* acc);

} // namespace quantoscope
