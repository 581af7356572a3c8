// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/layerrows.h"

#include "core/report/metricvalues.h"

namespace quantoscope {

namespace {

/// Of the one set; several have one each.
void addScale(Json& row, const ParamSets& params)
{
    const bool one = params.sets.size() == 1;
    const double nan = std::nan("");
    setNumber(row, "scale", one ? static_cast<double>(params.sets.front().scale) : nan, "one per set");
    if (one && hasZeroPoint(params.scheme))
        row["zeroPoint"] = params.sets.front().zeroPoint;
    else
        setNumber(row, "zeroPoint", nan, one ? "the grid has none" : "one per set");
}

/// What inputs tell, and only where there are some.
void addOutput(Json& row, const LayerReport& report)
{
    if (!report.output)
        return;
    const OutputError& output = *report.output;
    row["inputSamples"] = output.samples;
    setNumber(row, "localSqnrDb", output.localSqnrDb, output.sqnrReason);
    if (!output.act)
        return;
    const ErrorMetrics& act = *output.act;
    setNumber(row, "actSqnrDb", act.sqnrDb, missingReason("sqnrDb", act));
    setNumber(row, "actMse", act.mse, missingReason("mse", act));
    setNumber(row, "actClippedFraction", act.clippedFraction, missingReason("clippedFraction", act));
}

void addAlgorithm(Json& row, const LayerReport& report)
{
    if (!report.algorithm)
        return;
    const AlgorithmResult& algorithm = *report.algorithm;
    setNumber(row, "algorithmNearestError", algorithm.nearestError, "beyond float32");
    setNumber(row, "algorithmError", algorithm.error, "beyond float32");
    row["algorithmRowsWorse"] = algorithm.rowsWorse;
    row["algorithmIterations"] = algorithm.iterations;
    row["algorithmDamping"] = jsonNumber(algorithm.damping);
    row["algorithmExponent"] = jsonNumber(algorithm.exponent);
}

} // namespace

Json layerRow(const Layer& layer, const LayerReport& report)
{
    Json row;
    row["layer"] = layer.name;
    row["kind"] = nameOf(layer.kind);
    row["scheme"] = toText(report.scheme);
    row["bits"] = report.scheme.bits;
    if (!report.issue.empty()) {
        row["issue"] = report.issue;
        addMissingMetrics(row, report.issue);
        for (const char* key : {"bytes", "bitsPerWeight"})
            setNumber(row, key, std::nan(""), report.issue);
        row["fp32Bytes"] = report.fp32Bytes;
        return row;
    }
    row["sets"] = report.params->layout.count();
    addScale(row, *report.params);
    addMetrics(row, report.metrics);
    row["bytes"] = report.bytes;
    row["fp32Bytes"] = report.fp32Bytes;
    setNumber(row, "bitsPerWeight", report.bitsPerWeight, "no elements");
    addOutput(row, report);
    addAlgorithm(row, report);
    return row;
}

Json totalsJson(const Totals& totals)
{
    Json json;
    json["params"] = totals.params;
    json["bytes"] = totals.bytes;
    json["fp32Bytes"] = totals.fp32Bytes;
    setNumber(json, "bitsPerWeight", totals.bitsPerWeight, "no elements");
    setNumber(json, "mse", totals.mse, "no finite elements");
    const bool exact = totals.mse == 0;
    setNumber(json, "sqnrDb", totals.sqnrDb,
              totals.params == 0 ? "no elements"
              : exact            ? "exact"
                                 : "zero signal");
    return json;
}

} // namespace quantoscope
