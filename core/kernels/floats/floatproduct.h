// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/floats/floatpanels.h"
#include "core/kernels/output/epilogue.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// y[m][n] = Σ_k x[m][k] · ŵ[n][k] in float32, then bias and clamp as FloatOutput says. `input` [rows][depth], `out`
/// [rows][outputs], both row-major. For each output the products are added in the order of k to one sum that starts at 0, by fused
/// multiply-add on AVX2, AVX-512 and NEON, by a rounded product and a rounded sum on SSE4 and scalar: instruction sets differ in
/// the last bits, threads and rows never. |error| ≤ K · 2^-23 · Σ |x · ŵ| without overflow (and K ≤ 2^20). NaN and infinity in
/// either factor go through.
/// Throws Error(InvalidArgument) where sizes differ; Cancelled.
void multiplyFloat(const FloatPanels& weights, std::span<const float> input, std::size_t rows,
                   const FloatOutput& output, std::span<float> out, Isa isa, std::stop_token stop = {});

} // namespace quantoscope
