// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"

namespace quantoscope {

/// Depthwise convolution, channels side by side in vectors. `conv.depthwise` is packed, sizes are checked.
void convolveDepthwise(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                       ConvScratch& scratch, std::stop_token stop);

} // namespace quantoscope
