// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/conv/geometry.h"
#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantoscope {

/// Weights of a depthwise convolution, whose outputs each see one channel, as integers e of CodeMatrix.
struct DepthwiseWeights
{
    std::size_t outputs = 0;
};

} // namespace quantoscope
