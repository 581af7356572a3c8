// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"
#include "core/runtime/execute/capture.h"
#include "core/runtime/quantizednetwork.h"

namespace quantoscope {

enum class QuantizationMode { WeightOnly, Static, Dynamic };

struct PtqSettings
{
    AnalysisSettings schemes; ///< default and overrides by layer name
    QuantizationMode mode = QuantizationMode::Static;
    std::string exclude; ///< ECMAScript expression, partial match on layer names; "": none
    DynamicRange dynamicRange = DynamicRange::Sample;
    bool equalize = false;             ///< cross-layer equalization before anything else
    std::optional<double> smoothQuant; ///< α in [0, 1]
    bool biasCorrection = false;
    std::size_t algorithmSamples = 2048; ///< rows of layer inputs kept for algorithms, SmoothQuant's none
    std::uint64_t seed = 0;              ///< which rows
    int threads = 1;
};

struct PtqResult
{
    QuantizedNetwork network;
    std::vector<std::string> notes; ///< what was equalized, smoothed, never reached, …
};

/// Post-training quantization: float model and calibration samples → a decision for every layer.
///   static   activation ranges by each layer's act.range rule over the calibration samples, streamed
///   dynamic  ranges are left to each inference
///   weight-only  scheme.act is dropped
/// Layer inputs are captured for algorithms, outlier columns, bias correction; weights come from the model (batch norm folded).
/// Deterministic for a seed, whatever the number of threads. `calibration` may be null where nothing needs it; Error(InvalidArgument) otherwise,
/// also naming a layer that no calibration sample reaches. A layer that cannot be quantized so stays float with its reason.
/// Where an algorithm or outlier columns would need inputs that cannot be observed or told (bodies, embeddings, recurrent layers;
/// AWQ: convolutions in groups), weights are rounded to nearest: the layer's scheme and a note say so. range=ema takes the batches of
/// capture() one by one. Memory: 64 MiB of rows (or those of one layer), one layer's values and what capture() holds.
/// Throws Cancelled.
PtqResult quantizeNetwork(std::shared_ptr<const RunModel> model, const PtqSettings& settings,
                          const SampleSource* calibration, const SampleOrder& order,
                          std::stop_token stop = {}, const ProgressFn& progress = {});

} // namespace quantoscope
