// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/exactness/codecomparison.h"
#include "core/kernels/isa.h"
#include "core/runtime/execute/capture.h"
#include "core/runtime/fake/fakesession.h"
#include "core/support/progress.h"

#include <string>
#include <vector>

namespace quantoscope {

/// One layer on the same input codes in both paths: floats that stand for levels, multiplied by ONNX Runtime, and the integer kernel.
/// A Relu or Clip that the integer path fuses with a layer belongs to it: the kernel's clamped outputs are compared with what that node
/// makes in the fake path.
struct LayerExactness
{
    LayerId layer;
    ExactnessCounts counts; ///< of outputs as codes of `codes`
    OutputCodes codes;
    bool calibrated =
        false; ///< codes cover the layer's output, clamped, on the calibration samples; else on the samples compared
    std::int64_t worst = 0; ///< largest difference of codes
    std::string reason;     ///< why nothing was compared; "" when it was
};

/// All layers, and the outputs of the network end to end, where a ±1 of one layer goes on to the next: apart, and without exact values,
/// so that no difference of 1 is called near a tie.
struct ExactnessReport
{
    std::vector<LayerExactness> layers; ///< one a layer, in the network's order
    ExactnessCounts endToEnd; ///< outputs as codes over the range that the fake path gives each of them
    std::int64_t worstEndToEnd = 0;
    std::size_t samples = 0;
};

/// Fake against integer. `fake` and `integer` were made of `network`. Layer inputs are those of the fake path; the first `samples` of the
/// order are compared (16 are plenty: every one gives all outputs of all layers). Deterministic. Throws Error, Cancelled.
ExactnessReport exactness(const QuantizedNetwork& network, const EditedModel& fake,
                          const EditedModel& integer, const SampleSource& inputs, const SampleOrder& order,
                          Isa isa, std::stop_token stop = {}, const ProgressFn& progress = {},
                          std::size_t samples = 16);

} // namespace quantoscope
