// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/blockcodec.h"
#include "core/quant/elements/scales.h"

#include <string_view>

namespace quantoscope {

/// How the 4-bit block formats decide. The other formats round half-even in both.
///   Ggml      elements: half-way goes to the smaller magnitude, negative elements that become 0 get code 0;
///             nvfp4's block scale as BlockScaleRounding::Ggml. Its bytes are those of ggml's reference encoder
///   HalfEven  elements x / s rounded half-even with their sign; nvfp4's block scale half-even
enum class BlockVariant { Ggml, HalfEven };

/// Blocks of one scale byte (E8M0) and 32 elements; elements x / s, s = 2^(byte - 127), cut to the format's ends:
///   mxfp8-e4m3, mxfp8-e5m2   33 bytes: scale, 32 codes
///   mxfp6-e3m2, mxfp6-e2m3   25 bytes: scale, 32 codes of 6 bits, first in the lowest bits
///   mxfp4                    17 bytes: scale, 16 bytes: element j low nibble, j + 16 high
/// and, whatever the rule,
///   nvfp4                    36 bytes, 64 elements: 4 scales (E4M3, one per 16), then per 16 elements 8 bytes: element
///                            j low nibble, j + 8 high. A second-level scale is the caller's: divide before, multiply after
/// Codes are the element format's own. Exponents that E8M0 cannot hold are cut to 0 … 254. Returns nullptr for another
/// name.
const BlockCodec* findMxCodec(std::string_view name, ExponentRule rule = ExponentRule::Floor,
                              BlockVariant variant = BlockVariant::Ggml);

} // namespace quantoscope
