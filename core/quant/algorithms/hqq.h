// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/algorithmresult.h"
#include "core/support/progress.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

struct HqqOptions
{
    double norm = 0.7;           ///< p of the error Σ|w - x̂|^p, in (0, 1]
    double beta = 10;            ///< weight of the split error, > 0, in weight units^(p - 2)
    double kappa = 1.01;         ///< β's factor per iteration, ≥ 1
    std::size_t iterations = 20; ///< at most, per set
};

/// HQQ: moves the real offset of every set (the original's zero point is -offset / scale) by half-quadratic splitting, so
/// that Σ|w - x̂|^p falls; the scales stay. Each set ends with the best offset it met and stops at the first iteration
/// that does not improve: never worse than the start in that sum. (The original stops all sets of a tensor together, by the
/// mean of |w - x̂|.) Needs no inputs; codes follow from the weights by nearest rounding, so none are stored.
/// Only for grid=offset: the other grids have no real zero. weights [channels, perChannel], channel-major, any granularity;
/// what is not finite is left out. Errors: SchemeMismatch (grid, format), InvalidArgument (options). Thread rule: any
/// thread, sets independent; the same bits for any thread count and instruction set. `rows` counts sets.
/// Source: Badri and Shaji, Half-Quadratic Quantization of Large Machine Learning Models, 2023 (mobiusml.github.io/hqq_blog).
AlgorithmResult runHqq(const ChannelMajor& weights, const Scheme& scheme, const HqqOptions& options = {},
                       std::stop_token stop = {}, const ProgressFn& progress = {});

} // namespace quantoscope
