// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/productinput.h"
#include "core/analysis/ptq/ptq.h"

namespace quantoscope {

/// What is to be done with one layer, before any sample has run.
struct LayerPlan
{
    LayerId layer;
    Scheme scheme;      ///< without what this layer cannot have; its activation range still a rule
    std::string reason; ///< why it stays float; "": it does not
    /// How every node that uses the weight reads its input; empty where that cannot be observed or told, with the reason.
    std::vector<ProductInput> inputs;
    std::string inputsReason;
    bool range = false;       ///< a static range is to be found
    bool algorithm = false;   ///< its algorithm looks at rows of the inputs
    bool correctBias = false; ///< and so does its bias

    bool rows() const { return algorithm || correctBias; }
};

/// Throws Error(InvalidArgument) for an override of a layer that the network does not have, an expression that does not parse and numbers
/// beyond their range, Error(SchemeText) for schemes that contradict themselves.
void checkSettings(const PtqSettings& settings, const Network& network);

/// A plan for every layer of the model, and notes about what was left out. Throws Error(SchemeMismatch) for activations that cannot have a static
/// range, naming the layer.
std::vector<LayerPlan> planLayers(const RunModel& model, const PtqSettings& settings,
                                  std::vector<std::string>& notes);

} // namespace quantoscope
