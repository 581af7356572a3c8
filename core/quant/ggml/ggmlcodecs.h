// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/blockcodec.h"

namespace quantoscope {

/// The block formats of GGUF files: q4_0 q4_1 q5_0 q5_1 q8_0 q2_k q3_k q4_k q5_k q6_k iq4_nl iq4_xs tq1_0 tq2_0.
/// Blocks are the bytes of the file, scales in binary16, little-endian.
/// The encoders give, bit for bit, what llama.cpp's quantizers give without an importance matrix: its reference row
/// functions, except iq4_nl, where it is the search that llama-quantize runs (quantize_iq4_nl: 15 scale candidates;
/// the reference row function tries none). iq4_xs runs the same search either way.
/// Codes count from the lowest level's: q8_0's signed byte q is code q + 127. codes is what an encoder can write; a
/// foreign block may hold one pattern more (q8_0: -128, tq2_0: bit pair 3), which decodes to its own value but
/// reads as the code next to it.
/// A block whose scale exceeds 65504 decodes to infinities and NaN: the formats cannot hold it.
/// Source: GGUF block layouts as in llama.cpp's ggml-common.h and ggml-quants.c.
std::span<const BlockCodec> ggmlCodecs();

} // namespace quantoscope
