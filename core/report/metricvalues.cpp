// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/metricvalues.h"

namespace quantoscope {

std::string_view missingReason(std::string_view key, const ErrorMetrics& metrics)
{
    if (metrics.elements == 0)
        return "no finite elements";
    if (key == "sqnrDb")
        return metrics.sqnrReason;
    if (metrics.sqnrReason == "zero signal")
        return metrics.sqnrReason;
    if (key == "cosine")
        return "every value became 0";
    if (key == "rmseSteps")
        return metrics.stepsReason;
    if (key == "saturatedFraction")
        return metrics.saturatedReason;
    return "not finite";
}

void addMetrics(Json& object, const ErrorMetrics& metrics)
{
    object["elements"] = metrics.elements;
    object["nanCount"] = metrics.nanCount;
    object["infCount"] = metrics.infCount;
    object["levels"] = metrics.levels;
    for (const MetricDefinition& definition : metricDefinitions()) {
        const std::string key(definition.key);
        if (definition.value != nullptr)
            setNumber(object, key, metrics.*definition.value, missingReason(key, metrics));
        else if (key == "levelsUsed")
            object[key] = metrics.levelsUsed;
    }
    object["entropyFewSamples"] = metrics.entropyFewSamples;
}

void addMissingMetrics(Json& object, std::string_view reason)
{
    for (const MetricDefinition& definition : metricDefinitions()) {
        object[std::string(definition.key)] = nullptr;
        object[std::string(definition.key) + "Reason"] = reason;
    }
}

Json referencesJson(std::span<const ReferenceLine> lines)
{
    Json list = Json::array();
    for (const ReferenceLine& line : lines) {
        Json json;
        json["key"] = line.key;
        json["title"] = line.title;
        json["formula"] = line.formula;
        setNumber(json, "sqnrDb", line.sqnrDb, line.reason);
        list.push_back(std::move(json));
    }
    return list;
}

} // namespace quantoscope
