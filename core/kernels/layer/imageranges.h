// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"

#include <vector>

namespace quantoscope {

/// Must each image of a static scheme have been seen before it can be quantized?
bool hasStaticRangesOfImages(const ActivationScheme& act);

/// The range of a static scheme becomes that of the images: their windows count some pixels often and others not at all.
void takeRangeOfImages(ActivationScheme& act, const std::vector<float>& images);

/// Those of a call, or those of its images of `size` values; of signs α = hi.
std::vector<Interval> dynamicRanges(Isa isa, const ActivationScheme& act, const LayerCall& call,
                                    std::size_t size, std::stop_token stop);

} // namespace quantoscope
