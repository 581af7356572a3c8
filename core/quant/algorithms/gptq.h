// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/algorithmresult.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/support/progress.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

struct GptqOptions
{
    double percdamp = 0.01; ///< ridge as a fraction of the mean of H's diagonal, ≥ 0
    double maxDamping = 1;  ///< H singular: tenfold until it is not, from 0.01 when percdamp is 0, up to this
    std::size_t block = 128; ///< columns between two updates of all those behind; speed alone
    bool keepBetter = false; ///< rows that end above nearest rounding are left at nearest rounding
};

/// GPTQ: rounds column by column and lets the columns not yet rounded make up for each error, by H = 2/n·XᵀX.
/// weights [outputs, features], channel-major; inputs [samples ≥ 2, features]. Granularity group:N: the range of a group is
/// estimated from its updated weights when the first of its columns is reached. algorithm=gptq-actorder: columns by falling
/// H_jj (ties by position), groups keep the ranges of the weights as given. Columns that never saw an input are rounded to
/// nearest and change nothing. Weights that are not finite count as 0 and get code 0.
/// Errors: SchemeMismatch (no uniform format; features differ), InvalidArgument (options; fewer than 2 samples; inputs not
/// finite or too large; H singular even with the largest damping).
/// Thread rule: any thread, work shared out by rows; the same codes for any thread count on one machine, but instruction
/// sets may differ where a value lies within float32's error of a tie. Memory: 16·features² bytes at the peak.
/// Source: Frantar et al., arXiv 2210.17323, section 3.3 and algorithm 1.
AlgorithmResult runGptq(const ChannelMajor& weights, const Scheme& scheme, const LayerInputs& inputs,
                        const GptqOptions& options = {}, std::stop_token stop = {},
                        const ProgressFn& progress = {});

} // namespace quantoscope
