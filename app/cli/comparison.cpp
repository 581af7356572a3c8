// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/comparison.h"

#include "app/cli/text.h"
#include "core/report/metricvalues.h"

#include <algorithm>
#include <limits>
#include <ostream>

namespace quantoscope {

namespace {

constexpr std::int32_t notFinite = std::numeric_limits<std::int32_t>::min();

Json numberOrNull(bool present, double value) { return present ? jsonNumber(value) : Json(nullptr); }

/// One value, or the ends of what the sets hold.
std::string span(const ParamSets& params, double (*value)(const SetParams&))
{
    double lo = value(params.sets.front());
    double hi = lo;
    for (const SetParams& set : params.sets) {
        lo = std::min(lo, value(set));
        hi = std::max(hi, value(set));
    }
    return lo == hi ? numberText(lo) : numberText(lo) + " … " + numberText(hi);
}

} // namespace

std::vector<std::int32_t> codesInMemory(LayerData& data, const LayerReport& report)
{
    const ChannelMajor& arranged = data.arranged(report.scheme);
    const QuantizedValues quantized = quantize(arranged, *report.params);
    std::vector<std::int32_t> codes(quantized.codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[arranged.memoryIndex(i)] = quantized.finite[i] ? quantized.codes[i] : notFinite;
    return codes;
}

std::uint64_t codesThatDiffer(std::span<const std::int32_t> a, std::span<const std::int32_t> b)
{
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        count += a[i] != b[i];
    return count;
}

void addParams(Json& object, const ParamSets& params)
{
    const bool zeroPoints = hasZeroPoint(params.scheme);
    const bool offsets = hasOffset(params.scheme);
    Json columns;
    for (const char* key : {"scale", "zeroPoint", "offset", "lo", "hi"})
        columns[key] = Json::array();
    for (const SetParams& set : params.sets) {
        columns["scale"].push_back(jsonNumber(static_cast<double>(set.scale)));
        columns["zeroPoint"].push_back(zeroPoints ? Json(set.zeroPoint) : Json(nullptr));
        columns["offset"].push_back(numberOrNull(offsets, static_cast<double>(set.offset)));
        columns["lo"].push_back(jsonNumber(static_cast<double>(set.range.lo)));
        columns["hi"].push_back(jsonNumber(static_cast<double>(set.range.hi)));
    }
    for (const auto& [key, column] : columns.items())
        object[key] = column.size() == 1 ? column[0] : column;
    // No grid of the scheme has one: null, not a list of nulls.
    if (!zeroPoints)
        object["zeroPoint"] = nullptr;
    if (!offsets)
        object["offset"] = nullptr;
}

Json comparisonJson(std::span<const ComparisonRow> rows)
{
    Json list = Json::array();
    for (const ComparisonRow& row : rows) {
        Json json;
        json["name"] = row.name;
        json["scheme"] = toText(row.report.scheme);
        json["bits"] = row.report.scheme.bits;
        addParams(json, *row.report.params);
        json["codesDiffer"] = row.codesDiffer;
        addMetrics(json, row.report.metrics);
        list.push_back(std::move(json));
    }
    return list;
}

void printComparison(std::ostream& out, std::span<const ComparisonRow> rows)
{
    TextTable table;
    table.addColumn("scheme", TextTable::Align::Elided);
    for (const char* title : {"scale", "zero point", "codes that differ", "MSE", "SQNR dB"})
        table.addColumn(title);
    for (const ComparisonRow& row : rows) {
        const ParamSets& params = *row.report.params;
        table.addRow({row.name, scaleText(params), hasZeroPoint(params.scheme) ? zeroPointText(params) : "-",
                      countText(row.codesDiffer), numberText(row.report.metrics.mse),
                      numberText(row.report.metrics.sqnrDb, 4)});
    }
    table.print(out);
}

std::string scaleText(const ParamSets& params)
{
    return span(params, [](const SetParams& set) { return static_cast<double>(set.scale); });
}

std::string zeroPointText(const ParamSets& params)
{
    return span(params, [](const SetParams& set) { return static_cast<double>(set.zeroPoint); });
}

std::string offsetText(const ParamSets& params)
{
    return span(params, [](const SetParams& set) { return static_cast<double>(set.offset); });
}

} // namespace quantoscope
