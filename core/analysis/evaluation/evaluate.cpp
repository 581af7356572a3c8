// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/evaluation/evaluation.h"
#include "core/analysis/evaluation/inferencetimes.h"
#include "core/analysis/evaluation/judgedruns.h"
#include "core/runtime/integer/integersession.h"
#include "core/runtime/paired/pairedmodel.h"
#include "core/support/error.h"
#include "core/support/memory.h"

namespace quantoscope {

namespace {

void requireData(const EvaluationData& data)
{
    if (!data.inputs || data.order.empty())
        throw Error(ErrorCode::InvalidArgument, "There is no sample to run the network on: give --inputs.");
    if (data.labels && data.labels->size() != data.inputs->count())
        throw Error(ErrorCode::InvalidArgument, "There are " + std::to_string(data.labels->size())
                                                    + " labels for " + std::to_string(data.inputs->count())
                                                    + " samples.");
}

/// Float and quantized weights lie in sessions beside the file's own, those of exactness and times after one another.
void requireMemory(const RunModel& model)
{
    std::uint64_t weights = 0;
    for (const Layer& layer : model.network->layers)
        weights += model.network->weightOf(layer).data.size() * sizeof(float);
    const std::uint64_t needed = 4 * weights;
    const std::optional<std::uint64_t> available = availableMemory();
    if (available && needed > *available)
        throw Error(ErrorCode::Unsupported,
                    "'" + model.file + "' needs about " + std::to_string(needed >> 20)
                        + " MiB of memory to be evaluated, and " + std::to_string(*available >> 20)
                        + " MiB are free.",
                    model.file);
}

std::uint64_t packedBytes(const QuantizedLayer& layer, bool replaced, const Network& network)
{
    const std::size_t elements = network.weightOf(network.layer(layer.layer)).data.size();
    return replaced && layer.params ? packedSize(*layer.params, elements) : elements * sizeof(float);
}

void addSizes(Evaluation& evaluation)
{
    const Network& network = *evaluation.quantized.model->network;
    for (std::size_t i = 0; i < evaluation.quantized.layers.size(); ++i) {
        const QuantizedLayer& layer = evaluation.quantized.layers[i];
        const std::uint64_t bytes = packedBytes(layer, evaluation.replacements[i].replaced, network);
        evaluation.layers.push_back({layer.layer, {}, {}, {}, bytes});
        evaluation.bytes += bytes;
        evaluation.fp32Bytes += network.weightOf(network.layer(layer.layer)).data.size() * sizeof(float);
    }
}

bool multiplies(LayerKind kind)
{
    return kind == LayerKind::Conv || kind == LayerKind::DepthwiseConv || kind == LayerKind::Gemm
           || kind == LayerKind::MatMul;
}

/// Modelled: each output value takes as many products as an output channel has weights.
void addWork(Evaluation& evaluation)
{
    const Network& network = *evaluation.quantized.model->network;
    const std::uint64_t samples = evaluation.judgement.samples;
    for (std::size_t i = 0; i < evaluation.layers.size(); ++i) {
        const Layer& layer = network.layer(evaluation.layers[i].layer);
        const auto& sums = evaluation.layers[i].accumulated;
        if (!sums || !multiplies(layer.kind) || samples == 0)
            continue;
        const Tensor& weight = network.weightOf(layer).data;
        const auto outputs =
            static_cast<std::uint64_t>(weight.shape[static_cast<std::size_t>(layer.channelAxis)]);
        LayerOperations work;
        work.macs = (sums->count + sums->nonFinite) / samples * (weight.size() / outputs);
        const QuantizedLayer& quantized = evaluation.quantized.layers[i];
        if (quantized.params && evaluation.replacements[i].replaced) {
            work.weightBits = quantized.scheme.bits;
            work.inputBits = quantized.scheme.act ? quantized.scheme.act->bits : 32;
        }
        evaluation.judgement.work.push_back({layer.name, work});
    }
}

} // namespace

Evaluation evaluate(std::shared_ptr<const RunModel> model, const EvaluationSettings& settings,
                    const EvaluationData& data, std::stop_token stop, const ProgressFn& progress)
{
    requireData(data);
    requireMemory(*model);
    Evaluation result;
    result.model = model;
    result.settings = settings;
    PtqResult ptq =
        quantizeNetwork(model, settings.ptq, data.calibration, data.calibrationOrder, stop, progress);
    result.quantized = std::move(ptq.network);
    result.notes = std::move(ptq.notes);
    const EditedModel fake = fakeQuantized(result.quantized, stop);
    std::optional<EditedModel> integer;
    if (settings.engine == Engine::Integer)
        integer = integerQuantized(result.quantized, settings.isa, stop, LayerLinks::Codes);
    result.replacements = integer ? integer->replacements : fake.replacements;
    addSizes(result);

    {
        const PairedModel paired = pairedModel(*result.quantized.model, fake, stop);
        for (std::size_t i = 0; i < result.layers.size(); ++i)
            result.layers[i].reason = paired.layers[i].reason;
        result.judgement = judgedRuns(*model, paired, integer ? &*integer : nullptr, settings, data,
                                      result.layers, stop, progress);
    }
    addWork(result);
    if (integer && settings.exactness)
        result.exactness = exactness(result.quantized, fake, *integer, *data.inputs, data.order, settings.isa,
                                     stop, progress);
    if (settings.timedRuns > 0) {
        InferenceTimes times =
            inferenceTimes(model, result.quantized, integer ? &*integer : nullptr, *data.inputs,
                           data.order.front(), settings.timedRuns, settings.threads, stop);
        result.judgement.timesNs = times.times;
        result.ortLayers = times.ortLayers;
        result.whyNoOrtTime = std::move(times.whyNoOrt);
    }
    result.judgement.peakBytes = peakMemory();
    return result;
}

} // namespace quantoscope
