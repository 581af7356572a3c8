// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/exactness/codecomparison.h"
#include "core/kernels/conv/geometry.h"
#include "core/kernels/convtranspose/geometry.h"
#include "core/runtime/quantizednetwork.h"

#include <onnx/onnx_pb.h>

#include <vector>

namespace quantoscope {

/// Single outputs of a quantized layer in double, from the levels of its activations and weights.
/// ε of an output counts float32 roundings, u = 2^-24 each, of what either path computes: in both together at most 8 of the scaled sum or of
/// sum and bias (conversion of the sum, product of the scales, product of both, offsets, bias; of the fake path sum and bias), and
/// one each of the two levels that make a term: ε = u · (8 · (|sum| + |bias|) + 2 · Σ|x̂·ŵ|). The order in which the fake path
/// adds its terms up in float32 is left out: what that moves is counted as `oneOff`.
class ExactOutput
{
public:
    /// `bias`: the node's constant addend, or nothing. Throws Error(Unsupported) for nodes other than Conv and ConvTranspose over one or two axes, MatMul or
    /// Gemm with the weight on the right.
    ExactOutput(const Network& network, const QuantizedLayer& quantized, const onnx::NodeProto& node,
                int slot, const std::optional<Tensor>& bias);

    /// For outputs of data of that shape. `levels` must stay until the next call.
    void setInput(const Shape& shape, std::span<const float> levels);
    /// Of the output at that place of the node's result, row-major.
    ExactValue at(std::size_t index) const;

private:
    struct Sums
    {
        double sum = 0;
        double magnitude = 0;
        void add(float x, float w);
    };
    Sums convolved(std::size_t index) const;
    Sums transposed(std::size_t index) const;
    Sums multiplied(std::size_t index) const;
    void readConvolution(const onnx::NodeProto& node, const Shape& weight);
    void readTransposed(const onnx::NodeProto& node, const Shape& weight);
    template <typename Geometry>
    void setImage(Geometry& geometry, const Shape& shape) const;

    std::vector<float> m_weights; ///< [outputs][depth]; transposed: [outputs / groups][channels · taps]
    std::vector<float> m_bias;
    std::size_t m_outputs = 0;
    std::size_t m_depth = 0;
    double m_alpha = 1;
    double m_beta = 1;
    bool m_isConv = false;
    AutoPad m_autoPad = AutoPad::NotSet;
    ConvGeometry m_conv;
    std::optional<TransposeGeometry> m_transposed;
    std::span<const float> m_levels;
};

} // namespace quantoscope
