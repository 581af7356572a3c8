// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/algorithmresult.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/support/progress.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

struct AwqOptions
{
    std::size_t gridPoints = 20; ///< α = 0 … 1 in equal steps, ≥ 1 (1: α = 0 alone)
};

/// AWQ: multiplies every input column by s_j = (mean |x_j|)^α, divided by √(max s · min s), before the ranges are estimated
/// and the columns rounded to nearest, and takes the α of least tr(ΔW·XᵀX/n·ΔWᵀ), the smaller of two equal ones. α = 0 is
/// nearest rounding itself, so the result is never worse on the calibration inputs. x̂ = level / s_j: the s_j are the
/// columnFactors of the codes, empty for α = 0. A column that never saw an input counts as the weakest of the others.
/// weights [outputs, features], channel-major; inputs [samples ≥ 2, features]. Weights that are not finite count as 0 and
/// get code 0. Errors: SchemeMismatch (no uniform format; features differ), InvalidArgument (fewer than 2 samples; inputs
/// not finite or too large; no grid point). Thread rule: any thread; the same for any thread count on one machine, but
/// instruction sets may differ in the choice between two α within float32's error. One progress step per α.
/// Source: Lin et al., arXiv 2306.00978, section 3.2, equations 4 and 5.
AlgorithmResult runAwq(const ChannelMajor& weights, const Scheme& scheme, const LayerInputs& inputs,
                       const AwqOptions& options = {}, std::stop_token stop = {},
                       const ProgressFn& progress = {});

} // namespace quantoscope
