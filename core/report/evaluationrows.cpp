// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/evaluationrows.h"

#include "core/report/exactnessrows.h"
#include "core/report/judgingrows.h"

namespace quantoscope {

namespace {

std::string_view whyNoRatio(const PairSums& sums)
{
    if (sums.count == 0)
        return "no finite elements";
    return sums.signal == 0 ? "zero signal" : "exact";
}

void addError(Json& row, const std::string& prefix, const std::optional<PairSums>& sums,
              const std::string& reason)
{
    const double nan = std::nan("");
    setNumber(row, prefix + "SqnrDb", sums ? sums->sqnrDb() : nan,
              sums ? whyNoRatio(*sums) : std::string_view(reason));
    setNumber(row, prefix + "Cosine", sums ? sums->cosine() : nan,
              sums ? whyNoRatio(*sums) : std::string_view(reason));
}

Json layerJson(const Layer& layer, const QuantizedLayer& quantized, const LayerEvaluation& evaluated)
{
    Json row;
    row["layer"] = layer.name;
    row["kind"] = nameOf(layer.kind);
    row["scheme"] = quantized.params ? Json(toText(quantized.scheme)) : Json(nullptr);
    row["quantized"] = quantized.params != nullptr;
    if (!quantized.params)
        row["reason"] = quantized.reason;
    addError(row, "local", evaluated.local,
             quantized.params ? evaluated.reason : std::string("this layer stays float"));
    addError(row, "accumulated", evaluated.accumulated, evaluated.reason);
    row["bytes"] = evaluated.bytes;
    if (quantized.params && quantized.scheme.act
        && quantized.scheme.act->range.kind == RangeRule::Kind::Manual) {
        row["actLo"] = quantized.scheme.act->range.a;
        row["actHi"] = quantized.scheme.act->range.b;
    }
    return row;
}

} // namespace

std::string_view nameOf(QuantizationMode mode)
{
    switch (mode) {
    case QuantizationMode::WeightOnly:
        return "weight-only";
    case QuantizationMode::Static:
        return "static";
    case QuantizationMode::Dynamic:
        return "dynamic";
    }
    return "";
}

std::string_view nameOf(Engine engine) { return engine == Engine::Fake ? "fake" : "integer"; }

Json evaluationKeys()
{
    Json keys = layerJson(Layer{}, QuantizedLayer{}, LayerEvaluation{});
    Json judgement;
    addJudgement(judgement, Judgement{});
    keys.update(judgement);
    keys.update(judgement["quantized"]);
    for (const char* key : {"actLo", "actHi", "ortLayers", "bytes", "fp32Bytes", "calibrationSamples"})
        keys[key] = nullptr;
    return keys;
}

Json evaluatedLayers(const Evaluation& evaluation)
{
    Json rows = Json::array();
    const Network& network = *evaluation.quantized.model->network;
    for (std::size_t i = 0; i < evaluation.layers.size(); ++i)
        rows.push_back(layerJson(network.layer(evaluation.layers[i].layer), evaluation.quantized.layers[i],
                                 evaluation.layers[i]));
    return rows;
}

Json replacedLayers(const Evaluation& evaluation)
{
    Json rows = Json::array();
    for (const Replacement& replacement : evaluation.replacements) {
        Json row;
        row["layer"] = evaluation.quantized.model->network->layer(replacement.layer).name;
        row["replaced"] = replacement.replaced;
        if (!replacement.kernel.empty())
            row["kernel"] = replacement.kernel;
        row["reason"] = replacement.replaced ? Json(nullptr) : Json(replacement.reason);
        rows.push_back(std::move(row));
    }
    return rows;
}

Json evaluationJson(const Evaluation& evaluation)
{
    Json json;
    json["mode"] = nameOf(evaluation.settings.ptq.mode);
    json["engine"] = nameOf(evaluation.settings.engine);
    json["batch"] = evaluation.settings.batch;
    json["threads"] = evaluation.settings.threads;
    addJudgement(json, evaluation.judgement);
    if (!evaluation.whyNoOrtTime.empty())
        json["timeNs"]["ortReason"] = evaluation.whyNoOrtTime;
    if (evaluation.judgement.timesNs.ort)
        json["ortLayers"] = evaluation.ortLayers;
    json["bytes"] = evaluation.bytes;
    json["fp32Bytes"] = evaluation.fp32Bytes;
    json["layers"] = evaluatedLayers(evaluation);
    json["replaced"] = replacedLayers(evaluation);
    json["exactness"] = evaluation.exactness
                            ? exactnessJson(*evaluation.exactness, *evaluation.quantized.model->network)
                            : Json::array();
    json["notes"] = evaluation.notes;
    return json;
}

} // namespace quantoscope
