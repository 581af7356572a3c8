// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/evaluation/evaluation.h"
#include "core/analysis/evaluation/inferencetimes.h"
#include "core/analysis/evaluation/judgedruns.h"
#include "core/runtime/integer/integersession.h"
#include "core/runtime/paired/pairedmodel.h"
#include "core/support/error.h"

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

std::uint64_t packedBytes(const QuantizedLayer& layer, const Network& network)
{
    const std::size_t elements = network.weightOf(network.layer(layer.layer)).data.size();
    return layer.params ? packedSize(*layer.params, elements) : elements * sizeof(float);
}

void addSizes(Evaluation& evaluation)
{
    const Network& network = *evaluation.quantized.model->network;
    for (const QuantizedLayer& layer : evaluation.quantized.layers) {
        const std::uint64_t bytes = packedBytes(layer, network);
        evaluation.layers.push_back({layer.layer, {}, {}, {}, bytes});
        evaluation.bytes += bytes;
        evaluation.fp32Bytes += network.weightOf(network.layer(layer.layer)).data.size() * sizeof(float);
    }
}

} // namespace

Evaluation evaluate(std::shared_ptr<const RunModel> model, const EvaluationSettings& settings,
                    const EvaluationData& data, std::stop_token stop, const ProgressFn& progress)
{
    requireData(data);
    Evaluation result;
    result.model = model;
    result.settings = settings;
    PtqResult ptq =
        quantizeNetwork(model, settings.ptq, data.calibration, data.calibrationOrder, stop, progress);
    result.quantized = std::move(ptq.network);
    result.notes = std::move(ptq.notes);
    addSizes(result);

    const EditedModel fake = fakeQuantized(result.quantized, stop);
    std::optional<EditedModel> integer;
    if (settings.engine == Engine::Integer)
        integer = integerQuantized(result.quantized, settings.isa, stop);
    result.replacements = integer ? integer->replacements : fake.replacements;

    {
        const PairedModel paired = pairedModel(*result.quantized.model, fake, stop);
        for (std::size_t i = 0; i < result.layers.size(); ++i)
            result.layers[i].reason = paired.layers[i].reason;
        result.judgement = judgedRuns(*model, paired, integer ? &*integer : nullptr, settings, data,
                                      result.layers, stop, progress);
    }
    if (integer && settings.exactness)
        result.exactness = exactness(result.quantized, fake, *integer, *data.inputs, data.order, settings.isa,
                                     stop, progress);
    if (settings.timedRuns > 0) {
        InferenceTimes times =
            inferenceTimes(model, result.quantized, integer ? &*integer : nullptr, *data.inputs,
                           data.order.front(), settings.timedRuns, settings.threads, stop);
        result.judgement.timesNs = times.times;
        result.whyNoOrtTime = std::move(times.whyNoOrt);
    }
    return result;
}

} // namespace quantoscope
