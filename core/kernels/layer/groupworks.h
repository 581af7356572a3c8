// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"

#include <vector>

namespace quantoscope {

/// The layer of each group of a convolution as a matrix product without rows yet: its outputs' weights with the very codes they
/// have in the whole tensor, parameters and biases. Throws Error(Unsupported) where sets of parameters belong to no output.
std::vector<LayerWork> worksOfGroups(const LayerWork& work);

} // namespace quantoscope
