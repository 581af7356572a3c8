// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/exactness/exactoutput.h"
#include "core/runtime/fake/activationquantizer.h"
#include "core/runtime/integer/fusedclamp.h"
#include "core/runtime/integer/layernode.h"

#include <memory>

namespace quantoscope {

/// A node of a quantized layer by itself: the integer kernel that runs it with what is fused behind it, and its exact outputs, clamped
/// alike. For one thread at a time.
class LayerPair
{
public:
    /// Throws Error(Unsupported) where there is no kernel or no exact form, and Cancelled.
    LayerPair(const QuantizedNetwork& network, const QuantizedLayer& quantized, const WeightUseNode& use,
              const FusedClamp& clamp, Isa isa, std::stop_token stop);

    const std::string& input() const { return m_use.input; }
    /// The value that the kernel makes: the clamp's, where one is fused.
    const std::string& output() const { return m_output; }
    /// A range of the node's results as it is behind the clamp.
    Interval clamped(Interval range) const;

    /// What the integer kernel makes of these data. Throws Error(Unsupported) where that is not of `output`'s shape.
    std::vector<float> run(const Tensor& data, const Shape& output);
    /// One of those outputs as it should be.
    ExactValue exact(std::size_t index) const;

private:
    WeightUseNode m_use;
    std::string m_output;
    float m_low;
    float m_high;
    std::unique_ptr<LayerOperator> m_integer;
    std::optional<ActivationQuantizer> m_quantizer;
    ExactOutput m_exact;
    std::vector<float> m_levels;
};

} // namespace quantoscope
