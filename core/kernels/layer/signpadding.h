// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/geometry.h"

#include <cstddef>
#include <vector>

namespace quantoscope {

/// Signs have no 0: a product takes the real 0 of padding for the sign +1. What the taps beside the image so add, for
/// activations of magnitude 1.
class SignPadding
{
public:
    /// `weights`: the quantized values, [outputs][depth].
    explicit SignPadding(std::vector<float> weights) : m_weights(std::move(weights)) {}

    /// [group][position][output of the group]; null where nothing is padded. Until the next call.
    const float* sumsFor(const ConvGeometry& geometry);

private:
    std::vector<float> m_weights;
    ConvGeometry m_geometry;
    std::vector<float> m_sums;
};

} // namespace quantoscope
