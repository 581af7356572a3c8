// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/exactnessrows.h"

namespace quantoscope {

namespace {

void addCounts(Json& row, const ExactnessCounts& counts, std::int64_t worst)
{
    row["identical"] = counts.identical;
    row["nearTie"] = counts.nearTie;
    row["oneOff"] = counts.oneOff;
    row["further"] = counts.further;
    row["saturated"] = counts.saturated;
    row["worst"] = worst;
}

} // namespace

Json exactnessJson(const ExactnessReport& report, const Network& network)
{
    Json rows = Json::array();
    for (const LayerExactness& layer : report.layers) {
        Json row;
        row["layer"] = network.layer(layer.layer).name;
        if (layer.reason.empty()) {
            addCounts(row, layer.counts, layer.worst);
            row["calibrated"] = layer.calibrated;
            row["scale"] = layer.codes.scale;
            row["zeroPoint"] = layer.codes.zeroPoint;
        } else {
            row["reason"] = layer.reason;
        }
        rows.push_back(std::move(row));
    }
    Json row;
    row["layer"] = nullptr;
    row["endToEnd"] = true;
    addCounts(row, report.endToEnd, report.worstEndToEnd);
    row["samples"] = report.samples;
    rows.push_back(std::move(row));
    return rows;
}

} // namespace quantoscope
