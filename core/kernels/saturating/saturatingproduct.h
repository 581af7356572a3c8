// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"
#include "core/kernels/isa.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// How other runtimes multiply unsigned by signed bytes on x86 processors without VNNI: VPMADDUBSW adds two neighbouring products in
/// 16 bits and saturates, VPMADDWD with ones then widens. Two products of 255 · 127 make 64,770, and 32,767 is left of them. This is
/// here to show what that costs, bit for bit; every other kernel is exact.
/// Sources: PMADDUBSW in Intel's Software Developer's Manual, volume 2; ONNX Runtime's documentation "Quantize ONNX models", which
/// names the saturation of U8S8 on AVX2 and AVX-512 and advises 7-bit weights (`reduce_range`) against it.
struct SaturatingActivations
{
    std::span<const std::uint8_t> values; ///< [rows][depth]: p, for the integer p - zero
    std::size_t rows = 0;
    std::size_t depth = 0;
    std::span<const std::int32_t> zero; ///< [rows]; empty: 0
};

struct Saturation
{
    std::int64_t pairs = 0;     ///< of neighbouring inputs: (depth + 1) / 2 for each row and output
    std::int64_t saturated = 0; ///< those whose sum did not fit in 16 bits
};

/// out[rows][outputs] = Σ_k (fw·c - zero_n)(p - zero_m), the products c·p summed as above with c as signed byte c - 2^(bits-1) or its
/// table's integer; the terms of zero points are exact. Runs on all threads; the same for every instruction set.
/// Throws Error(InvalidArgument) for sizes that do not match, weights of more than 8 bits, tables beyond signed bytes, scales by
/// groups and depths above 131,070, whose sums may leave int32; Cancelled.
Saturation multiplySaturating(const CodeMatrix& weights, const SaturatingActivations& input, Isa isa,
                              std::span<std::int32_t> out, std::stop_token stop = {});

} // namespace quantoscope
