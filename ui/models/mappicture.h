// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/weights/weightmap.h"
#include "core/network/network.h"

#include <memory>
#include <string>

namespace quantoscope {

/// What the map of a layer draws: the cells of one window, and the map that answers for a single cell.
struct MapPicture
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    Scheme scheme;
    std::shared_ptr<const WeightMap> map;
    MapCells cells;
    MapWindow window;
    double valueMax = 0; ///< largest |x| of the layer: values, quantized and clipped ones share this scale

    /// Ends of the colours, ±.
    double colorMax() const
    {
        const bool ofValues = map->mode() == MapMode::Value || map->mode() == MapMode::Quantized
                              || map->mode() == MapMode::Clipped;
        const double max = ofValues ? valueMax : static_cast<double>(map->absMax());
        return max > 0 ? max : 1;
    }
};

} // namespace quantoscope
