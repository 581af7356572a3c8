// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/bitoperations.h"

namespace quantoscope {

double totalBitOperations(std::span<const LayerOperations> layers)
{
    double total = 0;
    for (const LayerOperations& layer : layers)
        total += layer.bitOperations();
    return total;
}

} // namespace quantoscope
