// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/elements/elementformat.h"
#include "core/quant/scheme.h"

#include <cstdint>
#include <string_view>

namespace quantoscope {

/// How the shared power of two of an MX block follows from amax, the largest magnitude of the block. With F the
/// element format, p = floor(log2 F.maximum) and m its mantissa bits:
///   Floor  floor(log2 amax) - p            OCP Microscaling 1.0; elements beyond F.maximum saturate
///   Ceil   ceil(log2 amax) - p
///   Rceil  ceil(log2(amax / F.maximum))    the smallest that clips nothing
///   Even   floor(log2 amax') - p, amax' = amax with its mantissa rounded half up to m bits
/// All exact, by the bits of amax: float logarithms are a step off for some amax next to a power of two.
/// Returns the stored E8M0 byte, 0 … 254: exponent + 127, cut to that range; amax = 0 gives 0. amax finite, ≥ 0.
std::uint8_t mxExponent(ExponentRule rule, const ElementFormat& format, float amax);

/// The scale of an E8M0 byte: 2^(byte - 127), a subnormal float for 0; 255 is NaN.
float scaleOfE8m0(std::uint8_t byte);

inline float mxScale(ExponentRule rule, const ElementFormat& format, float amax)
{
    return scaleOfE8m0(mxExponent(rule, format, amax));
}

/// Second-level scale of an NVFP4 tensor, float32: amax / (6 · 448), so that no block scale exceeds 448; 1 where that
/// is 0. amax of the whole tensor.
float nvfp4TensorScale(float amax);

/// How NVFP4's block scale is rounded to E4M3. HalfEven: nearest, ties to even, at most 448. Ggml: half up on one bit;
/// its subnormals end at 7 · 2^-9 and everything from 256 on becomes 448, as ggml's reference does.
enum class BlockScaleRounding { HalfEven, Ggml };

/// E4M3 code of the scale of 16 elements, (amax / 6) / tensorScale, amax of the block; 0 (all elements 0) is possible.
std::uint8_t nvfp4BlockScale(float amax, float tensorScale = 1,
                             BlockScaleRounding rounding = BlockScaleRounding::HalfEven);

/// The value of such a code, ≥ 0; NaN's code 127 gives 0, as in ggml.
float scaleOfE4m3(std::uint8_t code);

/// The scale that is stored (pow2: 2^round(log2 s); double: as it is): nearest, ties to even; never 0 (the smallest positive value instead) and never infinite
/// (the largest finite value). The sign stays; 0 stays 0. scale finite.
float roundScale(ScaleType type, float scale);

} // namespace quantoscope
