// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/planes/depthsteps.h"

#include <algorithm>

namespace quantoscope {

std::vector<DepthStep> depthSteps(const Depth& depth, int step)
{
    const auto codes = static_cast<std::size_t>(step);
    std::vector<DepthStep> steps;
    steps.reserve(depthStepCount(depth, step));
    for (std::size_t run = 0; run < depth.runs(); ++run)
        for (std::size_t k = 0; k < depth.sizeOf(run); k += codes)
            steps.push_back({run * depth.run + k, static_cast<int>(std::min(codes, depth.sizeOf(run) - k))});
    return steps;
}

std::size_t depthStepCount(const Depth& depth, int step)
{
    if (depth.depth == 0)
        return 0;
    const auto codes = static_cast<std::size_t>(step);
    const std::size_t last = depth.runs() - 1;
    return last * ((depth.run + codes - 1) / codes) + (depth.sizeOf(last) + codes - 1) / codes;
}

} // namespace quantoscope
