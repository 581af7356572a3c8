// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <span>

namespace quantoscope {

/// The range that ONNX Runtime's entropy calibrator finds for one batch, step by step as its calibrate.py does it (kept
/// apart from range=entropy, which smooths and counts otherwise):
///   `bins` bins over ±max|x|, NumPy's edges in float32; for i from quantizedBins/2 to bins/2 the slice [zero - i, zero + i + 1);
///   P = slice with the outside added to its end bins; the slice summed in quantizedBins runs of size/quantizedBins bins (integer
///   division), what is left over to the last; Q = each run's sum over its non-zero bins of P, truncated to an integer,
///   bins of the remainder 0; zeros of both get 1e-4, taken from the others in float32; least KL(P‖Q), the first of equal ones; cut to
///   the smallest and largest value.
/// With the defaults (128 and 128) one slice is left and the range is about ±max|x|: a known trap of that tool. Values that are not
/// finite are left out; without any, or with zeros alone, [0, 0]. bins even, 2 ≤ quantizedBins ≤ bins. One thread.
/// Source: ONNX Runtime, python/tools/quantization/calibrate.py; ../tests/data holds numbers of the algorithm run in NumPy.
Interval ortEntropyRange(std::span<const float> values, std::size_t bins = 128,
                         std::size_t quantizedBins = 128);

} // namespace quantoscope
