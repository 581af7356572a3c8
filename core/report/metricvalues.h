// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errormetrics.h"
#include "core/metrics/referencelines.h"
#include "core/report/json.h"

namespace quantoscope {

/// Adds elements, nanCount, infCount, levels, every metric of metricDefinitions() under its key and
/// entropyFewSamples. A metric that is not a number is null, with KReason beside it.
void addMetrics(Json& object, const ErrorMetrics& metrics);

/// Sets every metric of metricDefinitions() to null for that reason (a layer that was not quantized).
void addMissingMetrics(Json& object, std::string_view reason);

/// Why this metric has no value: "exact", "zero signal", "no finite elements", …
std::string_view missingReason(std::string_view key, const ErrorMetrics& metrics);

/// One object a line: key, title, formula, sqnrDb (null with sqnrDbReason where it does not apply).
Json referencesJson(std::span<const ReferenceLine> lines);

} // namespace quantoscope
