// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/productinput.h"
#include "core/runtime/model/runmodel.h"

namespace quantoscope {

/// The values that a layer multiplies with its weight, each once, or why they cannot be observed.
struct LayerInput
{
    std::vector<ProductInput> inputs; ///< of the same number of features
    std::string reason;               ///< "" where there are inputs
};

LayerInput layerInputOf(const RunModel& model, const Layer& layer);

/// The weight's axis that meets the features of what it is multiplied with, for products of matrices.
std::size_t featureAxisOfWeight(const Layer& layer, const Shape& weight);

} // namespace quantoscope
