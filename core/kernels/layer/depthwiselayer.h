// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/realoutput.h"
#include "core/kernels/layer/rotating.h"
#include "core/support/error.h"

namespace quantoscope {

/// Convolutions of one channel a group without matrix products, which would compute a whole panel of outputs for one: weights
/// [output][tap] and planes.
template <typename Real>
class DepthwiseLayer : public RotatingKernel<std::vector<Real>>
{
public:
    DepthwiseLayer(const LayerWork& work, std::vector<Real> weights, Isa isa)
        : RotatingKernel<std::vector<Real>>(std::move(weights)), m_geometry(*work.conv),
          m_output(work.rows * m_geometry.outputSize())
    {
        this->m_isa = isa;
        this->m_weightBytes = this->weights().size() * sizeof(Real);
    }
    std::span<const float> output() const override { return m_output; }

protected:
    ConvGeometry geometryOf(const LayerCall& call) const
    {
        const ConvGeometry geometry = call.conv.value_or(m_geometry);
        if (!geometry.hasWindowsOf(m_geometry))
            throw Error(ErrorCode::InvalidArgument,
                        "A convolution's kernel runs on other sizes of images, not "
                        "on other channels or windows.");
        geometry.validate();
        return geometry;
    }
    const Real* planeWeights(std::size_t output) const
    {
        return this->weights().data() + output * static_cast<std::size_t>(m_geometry.taps());
    }
    std::size_t outputs() const { return static_cast<std::size_t>(m_geometry.outputs); }
    std::size_t channelOf(std::size_t output) const
    {
        return output / static_cast<std::size_t>(m_geometry.groupOutputs());
    }

    ConvGeometry m_geometry;
    std::vector<float> m_output;
};

/// The result of a sum in its real scale.
template <typename Real>
float finished(Real value, const FloatOutput& rule, std::size_t output)
{
    const auto y =
        static_cast<float>(rule.bias == nullptr ? value : value + static_cast<Real>(rule.bias[output]));
    if (!(rule.low < rule.high))
        return y;
    const float raised = y > rule.low ? y : rule.low;
    return raised < rule.high ? raised : rule.high;
}

} // namespace quantoscope
