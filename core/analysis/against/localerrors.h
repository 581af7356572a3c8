// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/layersite.h"
#include "core/analysis/against/saturationcount.h"
#include "core/quant/grid.h"
#include "core/runtime/execute/capture.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

/// A pair of layers whose errors are wanted layer by layer.
struct LocalTask
{
    const Layer* original = nullptr;
    const Layer* quantized = nullptr;
    const LayerSite* originalSite = nullptr;
    const LayerSite* quantizedSite = nullptr;
    Interval actual;               ///< of the layer's float input over all samples
    std::vector<float> channelMax; ///< of the same, by channel; may be empty
    int channelAxis = 1;           ///< of the input; -1: the last
};

/// dB of the layer's output on float inputs, against the float layer; NaN where nothing is lost or it does not apply.
struct LocalErrors
{
    double stored = 0;       ///< as the file says: weight, bias, input range
    double inputMended = 0;  ///< the input through our range instead
    double weightMended = 0; ///< our weight instead
    double biasMended = 0;   ///< the float bias instead
    double outliersKept = 0; ///< input channels that stand out kept as floats, the range of the others
    double ours = 0;         ///< our weight, our range and the float bias
    std::optional<PairSaturation> saturation;
    std::string reason; ///< why there is none
};

/// The channels of `channelMax` that are wider than eight times the median one.
std::vector<bool> outlierChannels(std::span<const float> channelMax);

/// Our parameters for activations in this range: scheme.act, of one set and min-max; 8 bits with a zero point where it says nothing of
/// the kind.
ParamSets activationParams(const Scheme& scheme, Interval range);

struct LocalOptions
{
    const Scheme& scheme;
    const SampleSource& samples;
    const SampleOrder& order;
    CaptureOptions run;
};

/// One result a task. Runs the float network on these samples, each layer by itself some six times; further passes where four copies of the
/// layers' weights exceed run.memoryBytes. Throws Error, Cancelled.
std::vector<LocalErrors> localErrors(const GraphView& original, const Network& quantized,
                                     const std::vector<LocalTask>& tasks, const LocalOptions& options,
                                     std::stop_token stop, const ProgressFn& progress);

} // namespace quantoscope
