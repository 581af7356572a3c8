// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/fake/fakesession.h"

namespace quantoscope {

/// Names of the values that tell a layer's error; "" and the reason where there is none.
struct PairedLayer
{
    LayerId layer;
    std::string accumulated; ///< its output in the quantized network against the float one
    std::string local;       ///< its output on the float input with this layer quantized alone
    std::string reason;
};

/// A float network and a quantized one in a single graph on the same inputs, so that the values of layers are compared where they
/// are and none has to be kept.
struct PairedModel
{
    EditedModel
        edited; ///< outputs: those of the float network, those of the quantized one, the sums of each layer
    std::size_t outputs = 0;         ///< of one of the two networks
    std::vector<PairedLayer> layers; ///< sums as pairSumsFrom() reads them
};

/// `quantized` was made from `original`, values that both have keep their names. Throws Error, Cancelled.
PairedModel pairedModel(const RunModel& original, const EditedModel& quantized, std::stop_token stop = {});

} // namespace quantoscope
