// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"
#include "core/support/progress.h"

namespace quantoscope {

/// Which scheme every layer gets.
struct AnalysisSettings
{
    Scheme scheme;
    std::map<std::string, Scheme> overrides; ///< by layer name
    bool operator==(const AnalysisSettings&) const = default;
};

/// The scheme of a layer: its own, else the default.
const Scheme& schemeFor(const AnalysisSettings& settings, const std::string& layer);

struct Totals
{
    std::uint64_t params = 0; ///< elements of the analyzed weights
    std::uint64_t bytes = 0;
    std::uint64_t fp32Bytes = 0;
    double bitsPerWeight = 0;
    double mse = 0;    ///< Σe²/N over all elements, never a mean of means
    double sqnrDb = 0; ///< 10·log10(Σx²/Σe²) over all elements; NaN when exact
};

/// Immutable once made; a new run makes a new one.
struct AnalysisResult
{
    std::shared_ptr<const Network> network;
    AnalysisSettings settings;
    std::vector<LayerReport> layers; ///< one per layer of the network, in its order
    Totals totals;
};

/// Error and size of every layer. Blocking, deterministic for any thread count. Memory: one layer's
/// values at a time beyond the network. A layer that cannot be quantized as asked gets an `issue`, the rest goes on.
/// Throws Cancelled.
AnalysisResult analyze(std::shared_ptr<const Network> network, const AnalysisSettings& settings,
                       std::stop_token stop = {}, const ProgressFn& progress = {});

Totals totalsOf(std::span<const LayerReport> reports);

} // namespace quantoscope
