// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/layeranalysis.h"

#include <memory>

namespace quantoscope {

/// Everything the views of one layer draw, made by one job and never changed afterwards.
struct LayerPicture
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    ValueStats stats; ///< of the whole layer
    LayerDetail detail;

    const Layer& info() const { return network->layer(layer); }
    const Scheme& scheme() const { return detail.report.scheme; }
    /// Parameter sets of the layer; 0 when it could not be quantized.
    std::size_t setCount() const { return detail.report.params ? detail.report.params->sets.size() : 0; }
};

/// What one value becomes on the grid that the picture shows.
struct QuantizedPoint
{
    int code = 0;
    double value = 0;
};

/// `x` in the units of the picture's axis. Stochastic rounding answers with the nearest level.
QuantizedPoint quantizePoint(const LayerPicture& picture, double x);

/// The same for many; `out` receives x̂.
std::vector<float> quantizeCurve(const LayerPicture& picture, std::vector<float> x);

/// Whether the picture shows one set of levels: not all sets at once with books of their own.
bool hasLevels(const LayerPicture& picture);

/// Whether the levels reach far beyond any data, as those of floats without a scale do.
bool hasFarLevels(const LayerPicture& picture);

/// Lowest and highest level in the units of the picture's axis.
Interval shownLevelEnds(const LayerPicture& picture);

} // namespace quantoscope
