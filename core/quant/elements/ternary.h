// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <span>

namespace quantoscope {

/// Code q = sign(x) where |x| > Δ, else 0; value α·q.
struct Ternary
{
    float alpha = 0; ///< ≥ 0; 0 where all x are 0
    float delta = 0;

    int code(float x) const { return (x > delta ? 1 : 0) - (x < -delta ? 1 : 0); }
    float value(int code) const { return alpha * static_cast<float>(code); }
};

/// How a ternary set finds threshold Δ and scale α; m = mean |x|:
///   Twn      Δ = 0.7 m, α = mean of the |x| > Δ    Li et al., arXiv 1605.04711
///   Absmean  Δ = m / 2, α = m                      BitNet b1.58, arXiv 2402.17764: x/m rounded half-even, cut to ±1
///   Mse      least squared error: with the |x| in falling order and S_k the sum of the first k, the k that maximizes
///            S_k² / k; α = S_k / k, Δ = the largest |x| left out (0 where none is)
/// x finite; empty or all zeros give α = Δ = 0. Sums in double in element order. Mse sorts a copy.
Ternary fitTernary(TernaryRule rule, std::span<const float> x);

/// Two levels centre ± α; code 1 where x ≥ centre. α = mean |x - centre| is the least-squares scale for these signs.
struct TwoLevels
{
    float alpha = 0;
    float centre = 0;

    int code(float x) const { return x >= centre ? 1 : 0; }
    float value(int code) const { return code ? centre + alpha : centre - alpha; }
};

/// centred: centre = mean x, else 0. x finite. Rastegari et al., XNOR-Net, arXiv 1603.05279.
TwoLevels fitTwoLevels(std::span<const float> x, bool centred);

} // namespace quantoscope
