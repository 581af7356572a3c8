// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/grouped/groupedactivations.h"
#include "core/kernels/grouped/groupedweights.h"

#include <stop_token>
#include <string_view>

namespace quantoscope {

/// Products of int8 activations with weights whose scales vary along the reduction axis.
///
///   packed = packGrouped(matrix);                                    once
///   rows   = packGroupedActivations(packed, M, p, depth, terms, 1, isa);
///   multiplyGrouped(packed, rows, output, y, packed.outputs);
///
/// For weights ŵ = s·(fw·u - z) + o and activations x̂ = a·p + d, where a = fa·scale and d = offset - scale·float(zero) of a row:
///   I_g = Σ_k (fw·u - z)·p,  P_g = Σ_k p           over group g, exact in int32
///   F = 0; for each g in order: F = F + s·float(I_g); where the weights have offsets F = F + o·float(P_g)
///   y = a·F;  y = y + d·C;  y = y + bias if any;  y clamped to [low, high] if low < high (a NaN stays)
/// with C = Σ_k ŵ from packGrouped. Every operation is rounded to float on its own, none is fused: the same bits on every
/// instruction set and number of threads. Without rows, outputs or depth nothing is multiplied (F = 0).
///
/// out [rows][outputs] with `stride` ≥ outputs elements from row to row. Throws Error(InvalidArgument) where the activations were
/// packed for other weights; Cancelled.
void multiplyGrouped(const GroupedWeights& weights, const GroupedActivations& activations,
                     const FloatOutput& output, float* out, std::size_t stride, std::stop_token stop = {});

/// What would run: "vpdpbusd 7×32", "vpmaddwd ymm 4×16", …
std::string_view groupedKernelName(const GroupedWeights& weights, std::size_t rows, Isa isa);

} // namespace quantoscope
