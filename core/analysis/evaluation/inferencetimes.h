// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/evaluation/evaluation.h"

namespace quantoscope {

/// Times of one inference of one sample, all engines in turn in the same rounds.
struct InferenceTimes
{
    JudgedTimes times;
    std::size_t ortLayers = 0; ///< that ONNX Runtime's own path has in 8 bits; the others are float there
    std::string whyNoOrt;
};

/// fp32: ONNX Runtime with its default optimization. ort: its own int8 path, from a model of standard QuantizeLinear and
/// DequantizeLinear operators. ours: the integer session; `integer` null: none. `runs` ≥ 1 inferences each.
/// Throws Error, Cancelled.
InferenceTimes inferenceTimes(std::shared_ptr<const RunModel> original, const QuantizedNetwork& quantized,
                              const EditedModel* integer, const SampleSource& inputs, std::size_t sample,
                              std::size_t runs, int threads, std::stop_token stop);

} // namespace quantoscope
