// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/againstrows.h"

#include <algorithm>

namespace quantoscope {

namespace {

Json rangesJson(const std::vector<AgainstRange>& ranges)
{
    Json rows = Json::array();
    for (const AgainstRange& range : ranges) {
        Json row;
        row["place"] = range.place;
        row["value"] = range.value;
        row["stored"] = range.stored.description();
        row["measuredOn"] = range.ofFloat ? "float" : "quantized";
        const std::string_view dynamic = range.stored.dynamic ? "found at each inference" : "";
        const double none = std::nan("");
        const bool isStatic = dynamic.empty();
        setNumber(row, "scale", isStatic ? static_cast<double>(range.stored.scale) : none, dynamic);
        setNumber(row, "zeroPoint", isStatic ? range.stored.zeroPoint : none, dynamic);
        setNumber(row, "storedLow", isStatic ? static_cast<double>(range.stored.lowest()) : none, dynamic);
        setNumber(row, "storedHigh", isStatic ? static_cast<double>(range.stored.highest()) : none, dynamic);
        row["low"] = jsonNumber(range.min);
        row["high"] = jsonNumber(range.max);
        row["clippedFraction"] = jsonNumber(range.clippedFraction);
        row["usedFraction"] = jsonNumber(range.usedFraction);
        setNumber(row, "sqnrDb", range.sqnrDb, "nothing is lost, or no value came");
        setNumber(row, "fittedSqnrDb", range.fittedSqnrDb, "no value but 0 came");
        row["clippingShare"] = jsonNumber(range.clippingShare);
        row["channelRatio"] = jsonNumber(range.channelRatio);
        rows.push_back(std::move(row));
    }
    return rows;
}

Json causesJson(const std::vector<AgainstCause>& causes)
{
    Json rows = Json::array();
    for (const AgainstCause& cause : causes) {
        Json row;
        row["name"] = cause.name;
        row["sentence"] = cause.sentence;
        setNumber(row, "gainDb", cause.gainDb, "mending it cannot be computed");
        row["ofFile"] = cause.ofFile;
        row["evidence"] = Json::object();
        for (const auto& [key, value] : cause.evidence)
            setNumber(row["evidence"], key, value, "not a finite number");
        rows.push_back(std::move(row));
    }
    return rows;
}

Json layerJson(const AgainstReport& report, const AgainstLayer& row)
{
    const Layer& layer = report.original->layer(row.layer);
    Json json;
    json["layer"] = layer.name;
    json["kind"] = nameOf(layer.kind);
    json["matched"] = row.matched ? Json(report.quantized->layer(*row.matched).name) : Json(nullptr);
    json["matchedBy"] = row.matchedBy;
    setNumber(json, "score", row.matched ? row.score : std::nan(""), row.reason);
    json["storedScheme"] = row.storedScheme;
    json["storedAct"] = row.storedAct;
    json["ourScheme"] = toText(report.settings.scheme);
    const std::string weightReason = row.matched ? "exact, or not quantized" : row.reason;
    setNumber(json, "weightSqnrDb", row.weightSqnrDb, weightReason);
    setNumber(json, "ourWeightSqnrDb", row.ourWeightSqnrDb, "exact, or the scheme does not fit");
    json["clippedWeightFraction"] = jsonNumber(row.clippedWeights);
    json["weightRangeRatio"] = jsonNumber(row.weightRangeRatio);
    json["channelRangeRatio"] = jsonNumber(row.channelRangeRatio);
    setNumber(json, "worstChannelSqnrDb", row.worstChannelSqnrDb, weightReason);
    setNumber(json, "perChannelSqnrDb", row.perChannelSqnrDb, weightReason);
    const std::string outputReason = row.matched ? row.accumulatedReason : row.reason;
    setNumber(json, "accumulatedSqnrDb", row.accumulatedSqnrDb, outputReason);
    setNumber(json, "dropDb", row.dropDb,
              outputReason.empty() ? "nothing upstream to compare with" : outputReason);
    const std::string localReason = row.matched ? row.localReason : row.reason;
    setNumber(json, "localSqnrDb", row.localSqnrDb, localReason);
    setNumber(json, "ourLocalSqnrDb", row.ourLocalSqnrDb,
              localReason.empty() ? "the scheme does not fit, or nothing is lost" : localReason);
    json["jump"] = row.jump;
    json["suspicious"] = row.suspicious;
    json["ranges"] = rangesJson(row.ranges);
    json["causes"] = causesJson(row.causes);
    return json;
}

Json outputJson(const AgainstOutput& output)
{
    Json json;
    json["output"] = output.name;
    json["matched"] = output.matched;
    setNumber(json, "sqnrDb", output.error.sqnrDb, output.error.sqnrReason);
    setNumber(json, "cosine", output.error.cosine, "one of them is all 0");
    setNumber(json, "maxError", output.error.maxError, "no finite elements");
    json["broken"] = output.error.broken;
    setNumber(json, "agreement", output.agreement.value_or(std::nan("")), "the output is no list of classes");
    json["suspicious"] = output.suspicious;
    json["ranges"] = rangesJson(output.ranges);
    json["causes"] = causesJson(output.causes);
    return json;
}

} // namespace

Json againstJson(const AgainstReport& report)
{
    Json json;
    json["samples"] = report.samples;
    json["localSamples"] = std::min(report.samples, report.settings.localSamples);
    json["scheme"] = toText(report.settings.scheme);
    json["jumpDb"] = report.settings.jumpDb;
    json["causeDb"] = report.settings.causeDb;
    json["firstJump"] =
        report.firstJump ? Json(report.original->layer(*report.firstJump).name) : Json(nullptr);
    json["suspicious"] = Json::array();
    json["layers"] = Json::array();
    for (const AgainstLayer& row : report.layers) {
        if (row.suspicious)
            json["suspicious"].push_back(report.original->layer(row.layer).name);
        json["layers"].push_back(layerJson(report, row));
    }
    json["outputs"] = Json::array();
    for (const AgainstOutput& output : report.outputs)
        json["outputs"].push_back(outputJson(output));
    json["unmatched"] = Json::array();
    for (const Skipped& layer : report.unmatched)
        json["unmatched"].push_back({{"layer", layer.name}, {"reason", layer.reason}});
    json["notes"] = report.notes;
    return json;
}

} // namespace quantoscope
