// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/algorithmresult.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/support/progress.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

struct AdaRoundOptions
{
    std::size_t iterations = 0;    ///< 0: 10000, below 8 bits 15000
    double regularizer = 0.01;     ///< weight of Σ(1 - |2h - 1|^β)
    double betaStart = 20;         ///< β falls along half a cosine …
    double betaEnd = 2;            ///< … to this
    double warmStart = 0.2;        ///< share of the iterations before the regularizer, in [0, 1)
    double learningRate = 0.01;    ///< Adam's
    std::size_t searchSweeps = 20; ///< of the descent by flips of one and two weights at the end; 0: none
};

/// AdaRound: chooses for every weight the level below or above it, so that tr(ΔW·G·ΔWᵀ), G = XᵀX/n, becomes small.
/// Relaxation: x̂ = lower + h(V)·step with the rectified sigmoid h = clip(1.2·σ(V) - 0.1, 0, 1), V from h = the fraction of
/// w, Adam on every row's output error in units of its own mean step²·G_jj / 12, times 1e-4 (so that the regularizer means the same in
/// every layer) plus the regularizer; rows stop early when every h is 0 or 1. Then a descent by flips of one and of two
/// weights, from that rounding and from nearest rounding, takes the better end: never worse than nearest on the calibration
/// inputs. Rows with 12 weights or fewer to decide are enumerated: exactly the best. Weights beyond the outermost levels
/// stay there, those exactly on a level too. The cost of an iteration is one product with G, whatever the number of samples.
/// weights [outputs, features], channel-major; inputs [samples ≥ 2, features]. Weights that are not finite count as 0 and
/// get code 0. Errors: SchemeMismatch (no uniform format; features differ), InvalidArgument (options; fewer than 2 samples;
/// inputs not finite or too large). Thread rule: any thread, rows independent; the same codes for any thread count on one
/// machine; instruction sets may differ. Stops within 200 ms. `rowsWorse` counts the relaxation alone.
/// Source: Nagel et al., Up or Down? Adaptive Rounding, arXiv 2004.10568, section 3.2, equations 20 to 24.
AlgorithmResult runAdaRound(const ChannelMajor& weights, const Scheme& scheme, const LayerInputs& inputs,
                            const AdaRoundOptions& options = {}, std::stop_token stop = {},
                            const ProgressFn& progress = {});

} // namespace quantoscope
