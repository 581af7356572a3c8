// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <iosfwd>
#include <optional>

namespace quantoscope {

/// One pass over the chosen layers.
struct AnalysisRun
{
    AnalysisSettings settings;
    std::string name;                 ///< the scheme as given; "" where widths or a file made it
    std::vector<LayerReport> reports; ///< one per chosen layer
    /// One per chosen layer: codes that are not those of the first run; empty when codes are not compared.
    std::vector<std::optional<std::uint64_t>> codesDiffer;
    Totals totals;
};

/// A table per run; with several runs a table of their totals behind them.
void printRuns(std::ostream& out, const Network& network, std::span<const AnalysisRun> runs);

/// Layer by layer the runs side by side, with the codes that differ.
void printComparisons(std::ostream& out, const Network& network, std::span<const AnalysisRun> runs);

/// The scheme's text; with overrides what the others get and how many layers have their own.
std::string schemeText(const AnalysisSettings& settings);

} // namespace quantoscope
