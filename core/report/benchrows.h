// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/bench/layerbench.h"
#include "core/report/json.h"

namespace quantoscope {

/// One row of `bench`: layer, scheme, kernel, isa, threads, rows, medianNs (= hotNs), hotNs, coldNs, integerNs (from int8
/// codes to int8 codes), clampedBiases, quartiles, the 95 % interval,
/// gops, bytesRead, weightBytes, packNs, rooflineShare, speedupVsFp32, speedupVsOrt with the peers' names and times, parts{}, exact,
/// noisy. Times in nanoseconds; null with a KReason where there is none; `issue` where the layer has no such kernel.
Json benchRow(const Layer& layer, const LayerTiming& timing);

} // namespace quantoscope
