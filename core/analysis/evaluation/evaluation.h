// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/exactness/exactness.h"
#include "core/analysis/ptq/ptq.h"
#include "core/kernels/isa.h"
#include "core/metrics/judging/judge.h"
#include "core/runtime/paired/pairederror.h"

namespace quantoscope {

/// What computes the quantized network: floats that went through quantize and dequantize, or our integer kernels.
enum class Engine { Fake, Integer };

struct EvaluationSettings
{
    PtqSettings ptq;
    Engine engine = Engine::Fake;
    Isa isa = bestIsa();
    std::size_t batch = 16; ///< samples at once, at most: fewer where memory would pass CaptureOptions' limit
    int threads = 1;
    std::string output;         ///< the one that answers; "": the file's first
    bool layerErrors = true;    ///< local and accumulated, by fake quantization
    bool exactness = true;      ///< integer engine: its layers against the fake ones
    std::size_t timedRuns = 50; ///< inferences of one sample timed by each engine; 0: none
    std::size_t flipsKept = 100;
    std::uint64_t seed = 0;
};

/// What a network is judged on. Nothing is owned.
struct EvaluationData
{
    const SampleSource* inputs = nullptr;
    SampleOrder order;                               ///< which of them
    std::optional<std::vector<std::int64_t>> labels; ///< one for each sample of the source
    std::vector<std::vector<std::int64_t>> tokens;   ///< the same; empty: none
    const SampleSource* calibration = nullptr;
    SampleOrder calibrationOrder;
};

/// Errors of a layer's output, sums over all elements of all samples.
struct LayerEvaluation
{
    LayerId layer;
    std::optional<PairSums> local;       ///< float input, this layer quantized alone
    std::optional<PairSums> accumulated; ///< everything upstream quantized too
    std::string reason;                  ///< why there are none
    std::uint64_t bytes = 0;             ///< of its weight, as LayerReport
};

/// Immutable once made.
struct Evaluation
{
    std::shared_ptr<const RunModel> model; ///< as loaded
    EvaluationSettings settings;
    QuantizedNetwork quantized; ///< its model is the edited one
    Judgement judgement;
    std::vector<LayerEvaluation> layers;
    std::vector<Replacement> replacements;
    std::optional<ExactnessReport> exactness;
    std::size_t ortLayers = 0; ///< in 8 bits where ONNX Runtime's own path was timed
    std::string whyNoOrtTime;
    std::uint64_t bytes = 0; ///< weights of all layers, quantized ones packed
    std::uint64_t fp32Bytes = 0;
    std::vector<std::string> notes;
};

/// Post-training quantization, then float and quantized network on the same samples. Blocking, deterministic but for times.
/// Throws Error naming layer, input or output: data of the wrong shape, labels beyond the classes, outputs that are not finite in the
/// float network, …; Cancelled within 200 ms.
Evaluation evaluate(std::shared_ptr<const RunModel> model, const EvaluationSettings& settings,
                    const EvaluationData& data, std::stop_token stop = {}, const ProgressFn& progress = {});

} // namespace quantoscope
