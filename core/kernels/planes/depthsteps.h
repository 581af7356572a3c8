// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"

#include <cstddef>
#include <vector>

namespace quantoscope {

/// The codes (or activations) of one step of the reduction: `count` from `first`, the rest of the step is padding.
struct DepthStep
{
    std::size_t first = 0;
    int count = 0;
};

/// All steps of `step` codes: each run is padded to a whole number of them.
std::vector<DepthStep> depthSteps(const Depth& depth, int step);

/// How many those are.
std::size_t depthStepCount(const Depth& depth, int step);

} // namespace quantoscope
