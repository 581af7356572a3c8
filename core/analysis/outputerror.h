// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errormetrics.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <optional>
#include <stop_token>
#include <string_view>

namespace quantoscope {

/// What quantizing a layer does to its output y = x·Wᵀ on given inputs.
struct OutputError
{
    std::size_t samples = 0;
    double signal = 0;      ///< Σ over outputs of the mean square of y
    double noise = 0;       ///< the same of ŷ - y
    double localSqnrDb = 0; ///< 10·log10(signal / noise); NaN with a reason when one of them is 0
    std::string_view sqnrReason;
    std::optional<ErrorMetrics>
        act; ///< of the inputs themselves under scheme.act; nothing when they stay float
};

/// weights [outputs, features] channel-major and their quantized values in the same order; values that are not finite count
/// as 0 in both. The inputs are quantized by scheme.act: one set of parameters for all of them or one a row (sample), range
/// dynamic meaning each sample's own minimum and maximum. noise = tr(D·G·Dᵀ), D = [Ŵ - W, W], G the second moments of
/// [x̂, x̂ - x]: no difference of large outputs is taken. Throws Error(SchemeMismatch, InvalidArgument) as requireInputs()
/// does, and Cancelled. Deterministic for any thread count on one machine.
OutputError outputError(const ChannelMajor& weights, std::span<const float> quantized, const Scheme& scheme,
                        const LayerInputs& inputs, std::stop_token stop = {});

} // namespace quantoscope
