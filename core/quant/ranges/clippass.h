// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <cstddef>
#include <span>

namespace quantoscope {

/// What a search for a range runs over: all finite; magnitudes up to about 2. `weights` is empty (1 each) or as long.
struct Points
{
    std::span<const float> values;
    std::span<const float> weights;
};

/// Uniform quantizers on trial, any number at once. In steps: t = float32(float32(x · perStep[i]) + shift[i]),
/// code q = round(min(max(t, 0), top)) with half to even, error d = t - q. `oneSided`: values are magnitudes and t is
/// never clamped at 0.
struct Trials
{
    std::span<const float> perStep;
    std::span<const float> shift;
    float top = 0;
    bool oneSided = false;
};

/// errors[i] = Σ w · d², in steps². Every trial is one lane of a vector and adds its points in their order, 512 in float32 (even
/// and odd ones apart) and then in double: the same bits on every instruction set. One thread; about 0.15 cycles a point and trial with AVX-512.
void trialErrors(const Points& points, const Trials& trials, std::span<double> errors);

/// What a least-squares line through codes and values needs: Σw, Σwd, Σwq, Σwqd, Σwq².
struct TrialSums
{
    double weight = 0, d = 0, q = 0, qd = 0, qq = 0;
};
void trialSums(const Points& points, const Trials& trials, std::span<TrialSums> sums);

/// errors[i] = Σ ((x̂ - x) · gain)² over the finite values, with the engine's own arithmetic: q = round(float32((x - offset) /
/// scale)) clamped, x̂ = float32(float32(scale · (q - z)) + offset), half to even. Element i goes to virtual lane i mod 16, sums
/// are float32 over 64 elements of a lane and double above. At most 8 sets; one thread.
void judgedErrors(std::span<const float> values, std::span<const SetParams> sets, CodeRange codes, float gain,
                  std::span<double> errors);

} // namespace quantoscope
