// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/algorithms/algorithmresult.h"
#include "core/quant/algorithms/layerinputs.h"
#include "core/support/progress.h"
#include "core/tensor/channelmajor.h"

#include <optional>

namespace quantoscope {

/// Whether scheme.algorithm works on the layer's inputs.
bool needsInputs(Algorithm algorithm);

/// Runs scheme.algorithm with its default options; shapes, errors and thread rules in the header of each. Throws
/// Error(InvalidArgument) when it needs inputs and there are none. Rtn: nearest rounding on the scheme's own ranges,
/// without stored codes, both errors 0.
AlgorithmResult runAlgorithm(const ChannelMajor& weights, const Scheme& scheme,
                             const std::optional<LayerInputs>& inputs, std::stop_token stop = {},
                             const ProgressFn& progress = {});

} // namespace quantoscope
