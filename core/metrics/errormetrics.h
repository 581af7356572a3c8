// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errorsums.h"

#include <optional>
#include <span>
#include <string_view>

namespace quantoscope {

/// The error metrics of one tensor; formulas, units and what each hides: metricDefinitions().
/// No elements: fractions and means are NaN.
struct ErrorMetrics
{
    std::uint64_t elements = 0;
    std::uint64_t nanCount = 0;
    std::uint64_t infCount = 0;
    double mse = 0;
    double clippingMse = 0;
    double roundingMse = 0; ///< mse = clippingMse + roundingMse, exactly
    double rmse = 0;
    double nmse = 0;       ///< NaN when all x are 0
    double relativeL2 = 0; ///< NaN when all x are 0
    double sqnrDb = 0;     ///< NaN with sqnrReason set when e = 0 ("exact") or x = 0 ("zero signal")
    std::string_view sqnrReason;
    double maxError = 0;
    double meanError = 0;
    double meanAbsError = 0;
    double cosine = 0; ///< NaN when x or x̂ is all 0
    double zeroedFraction = 0;
    double sparsity = 0;
    double clippedFraction = 0;
    double clippedBelowFraction = 0;
    double clippedAboveFraction = 0;
    double saturatedFraction = 0;
    double rmseSteps = 0; ///< RMS of e/s over the elements that are not clipped; NaN when there are none
    std::string_view saturatedReason; ///< why saturatedFraction is NaN
    std::string_view stepsReason;     ///< why rmseSteps is NaN
    std::uint64_t levels = 0;
    std::uint64_t levelsUsed = 0;
    double entropyBits = 0;
    bool entropyFewSamples = false; ///< N < 10 · 2^b: the entropy is biased low
};

/// What a scheme has no number for.
struct MetricScope
{
    bool steps = true;    ///< levels are evenly spaced: e/s means something
    bool clamping = true; ///< codes come from rounding and clamping: saturation means something
};

/// `codeCounts` may be empty: levelsUsed and entropyBits are then 0. `bits`: for entropyFewSamples.
ErrorMetrics errorMetrics(const ErrorSums& sums, std::span<const std::uint64_t> codeCounts, int bits,
                          MetricScope scope = {});

enum class Better { Lower, Higher, Neither };

/// One row of the table of definitions that window, command line and reports read.
struct MetricDefinition
{
    std::string_view key;     ///< JSON key, CSV header
    std::string_view title;   ///< short, for a column or card
    std::string_view formula; ///< e = x̂ - x, N finite elements
    std::string_view unit;    ///< "" for a pure number
    Better better;
    std::string_view hides;      ///< what the number does not show
    double ErrorMetrics::*value; ///< null for those that are counts
};
std::span<const MetricDefinition> metricDefinitions();

} // namespace quantoscope
