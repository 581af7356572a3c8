// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"
#include "core/runtime/quantizednetwork.h"

namespace quantoscope {

/// A network whose layers see quantized weights and activations as floats. Weights are exchanged before the session is made,
/// activations go through an operator of our own that quantizes and dequantizes by the engine's rules (every format, grid and width).
struct EditedModel
{
    std::shared_ptr<const RunModel> model;
    std::shared_ptr<CustomOperators> operators; ///< needed to run it; may be null
    std::vector<Replacement> replacements;      ///< one a layer
};

/// Values keep their names, so that layer inputs (as produced, before quantization) and outputs can be observed as in the float model.
/// Throws Error, Cancelled.
EditedModel fakeQuantized(const QuantizedNetwork& network, std::stop_token stop = {});

} // namespace quantoscope
