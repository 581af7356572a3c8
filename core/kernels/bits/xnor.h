// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/bits/xnorsigns.h"
#include "core/kernels/bits/xnorweights.h"
#include "core/kernels/output/epilogue.h"

#include <cstdint>
#include <span>
#include <stop_token>

namespace quantoscope {

/// Binary × binary matrix product without multiplications: signs that differ are counted, Σ a·w = K - 2 · popcount(a xor w).
/// `out` is [rows][outputs] row-major and holds rows · outputs elements. The same result on every instruction set and for any
/// number of threads. Throws Error(InvalidArgument) where depths or sizes differ; Cancelled.
/// Source: Rastegari et al., XNOR-Net, arXiv 1603.05279, section 3.2.
void multiplyXnor(const XnorWeights& weights, const SignRows& input, std::span<std::int32_t> out,
                  std::stop_token stop = {});

/// The sums with the scales of rows and outputs (and the outputs' means, as offsets) as epilogue.h turns them into float.
void multiplyXnor(const XnorWeights& weights, const SignRows& input, const FloatOutput& output,
                  std::span<float> out, std::stop_token stop = {});

/// The sums as epilogue.h turns them into int8; scales and means take no part.
void multiplyXnor(const XnorWeights& weights, const SignRows& input, const QuantizedOutput& output,
                  std::span<std::int8_t> out, std::stop_token stop = {});

} // namespace quantoscope
