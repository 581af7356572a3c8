// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedkernel.h"

namespace quantoscope {

void fillVnniKernel(const GroupedWeights&, GroupedKernel& kernel) { kernel.name = "vpmaddwd zmm 8×16"; }

} // namespace quantoscope
