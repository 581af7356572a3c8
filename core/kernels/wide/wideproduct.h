// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/wide/wideinput.h"

#include <span>
#include <stop_token>

namespace quantoscope {

/// Products with weights or activations of more than 8 bits. With y_g = Σ_k (fw·c - zero_n)(fa·p - zero_m) over one part g of the
/// depth (a group, else all of it), exact in int64 for every depth. All run on all threads of the
/// pool with the same bits for every instruction set and number of threads, and throw Error(InvalidArgument) for sizes that do
/// not match or zero points so large that a sum might exceed 2^62, and Cancelled. Empty products are empty; a depth of 0 gives zeros.

/// out[rows][outputs] = Σ_g y_g
void multiplyWide(const WideWeights& weights, const WideActivations& input, std::span<std::int64_t> out,
                  std::stop_token stop = {});

/// Real values, all in double and in this order, rounded to float at the end:
///   t = Σ_g scale_ng · y_g    u = Σ_g offset_ng · (scale_m · E_g + offset_m · K_g)    v = Σ_g scale_ng · Σ e_g
///   out = clamp(scale_m · t + u + offset_m · v + bias_n)
/// with E_g = Σ (fa·p - zero_m), K_g codes and Σ e_g = Σ (fw·c - zero_n) in part g. No offsets: u = v = 0.
struct WideFloatOutput
{
    std::span<const float> bias; ///< [outputs]; empty: none
    float low = 0;               ///< clamped to [low, high] where low < high
    float high = 0;
};
void multiplyWide(const WideWeights& weights, const WideActivations& input, const WideFloatOutput& output,
                  std::span<float> out, std::stop_token stop = {});

/// out = clamp(round(multiplier_n · (Σ_g y_g + bias_n)) + zeroPoint) to [low, high], in double, half to even.
struct WideQuantizedOutput
{
    std::span<const double> multipliers; ///< [outputs], finite
    std::span<const std::int64_t> bias;  ///< [outputs]; empty: none
    std::int32_t zeroPoint = 0;
    std::int16_t low = -32768;
    std::int16_t high = 32767;
};
void multiplyWide(const WideWeights& weights, const WideActivations& input, const WideQuantizedOutput& output,
                  std::span<std::int16_t> out, std::stop_token stop = {});

} // namespace quantoscope
