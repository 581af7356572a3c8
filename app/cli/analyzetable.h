// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <iosfwd>

namespace quantoscope {

/// One pass over the chosen layers.
struct AnalysisRun
{
    AnalysisSettings settings;
    std::vector<LayerReport> reports; ///< one per chosen layer
    Totals totals;
};

/// A table per run; with several runs a table of their totals behind them.
void printRuns(std::ostream& out, const Network& network, std::span<const AnalysisRun> runs);

/// The scheme's text; with overrides what the others get and how many layers have their own.
std::string schemeText(const AnalysisSettings& settings);

} // namespace quantoscope
