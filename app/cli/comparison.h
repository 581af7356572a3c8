// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/report/json.h"

#include <iosfwd>
#include <span>
#include <string>

namespace quantoscope {

/// One tensor under one of several schemes: the "same INT8, different tools" table.
struct ComparisonRow
{
    std::string name; ///< as given: a preset's name says more than its text
    LayerReport report;
    std::uint64_t codesDiffer = 0; ///< finite elements whose code is not that of the first scheme
};

/// Codes of the finite elements in memory order, for counting those that differ; the others get one code of their own.
std::vector<std::int32_t> codesInMemory(LayerData& data, const LayerReport& report);
std::uint64_t codesThatDiffer(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

/// scale, zeroPoint, offset, lo, hi: numbers for one set, arrays in memory order for several.
void addParams(Json& object, const ParamSets& params);

Json comparisonJson(std::span<const ComparisonRow> rows);
void printComparison(std::ostream& out, std::span<const ComparisonRow> rows);

/// One value, or the ends of what the sets hold.
std::string scaleText(const ParamSets& params);
std::string zeroPointText(const ParamSets& params);
std::string offsetText(const ParamSets& params);

} // namespace quantoscope
