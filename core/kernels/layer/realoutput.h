// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"
#include "core/kernels/output/epilogue.h"

#include <utility>
#include <vector>

namespace quantoscope {

/// What is done with the real results of a layer: its bias is added, they are clamped.
class RealOutput
{
public:
    explicit RealOutput(LayerWork& work) : m_bias(std::move(work.bias)), m_low(work.low), m_high(work.high) {}

    FloatOutput rule() const { return {m_bias.empty() ? nullptr : m_bias.data(), m_low, m_high}; }
    const std::vector<float>& bias() const { return m_bias; }

private:
    std::vector<float> m_bias;
    float m_low;
    float m_high;
};

} // namespace quantoscope
