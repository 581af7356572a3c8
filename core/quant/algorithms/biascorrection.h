// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/layerinputs.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

struct BiasCorrection
{
    std::vector<float> bias;        ///< [outputs], b - (Ŵ - W)·E[x]
    std::vector<double> meanErrors; ///< [outputs], E[ŷ - y] before, in output units; what was taken off
};

/// Takes the mean output error that quantized weights cause on calibration inputs out of the bias. On those inputs the mean
/// error of every output becomes 0 but for the rounding of the bias to float32, and its mean square error falls by the
/// square of the mean error: never worse.
/// weights and quantized [outputs, features], channel-major, the second being x̂ of the first
/// (QuantizedValues::values); bias [outputs], or empty for a layer without one; inputs [samples ≥ 1,
/// features]. Elements that are not finite in either count as exact. Sums in double, the same for any thread count.
/// Errors: SchemeMismatch (features differ), InvalidArgument (other sizes differ; no sample; inputs not finite). Throws
/// Cancelled. Source: Nagel et al., Data-Free Quantization, arXiv 1906.04721, section 4.2, with the empirical E[x].
BiasCorrection correctBias(const ChannelMajor& weights, std::span<const float> quantized,
                           std::span<const float> bias, const LayerInputs& inputs, std::stop_token stop = {});

} // namespace quantoscope
