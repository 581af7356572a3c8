// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// What stands between a layer and the next. Positively homogeneous: f(x / s) = f(x) / s for s > 0 (none, ReLU, leaky and
/// parametric ReLU, whose slopes do not change; max pooling and average pooling without padding values). Capped: ReLU6 and
/// the like, min(max(x, 0), cap): the cap becomes cap / s, one for each channel. Other: refused.
enum class Between { Homogeneous, Capped, Other };

/// A linear or convolution layer. weights [outputs, inputs / groups, inner], row-major; inner = kH·kW, 1 for a linear layer,
/// or the positions per channel where the layer before was flattened. Depthwise: groups = inputs.
struct EqualizedLayer
{
    std::vector<float> weights;
    std::size_t outputs = 0;
    std::size_t inputs = 0;
    std::size_t inner = 1;
    std::size_t groups = 1;
    std::vector<float> bias; ///< [outputs], or empty
    Between after = Between::Homogeneous;
    std::vector<float> caps; ///< Capped: [outputs], > 0
};

struct EqualizationOptions
{
    double threshold = 1e-4;         ///< ends when no factor of a pass is further from 1
    std::size_t maxIterations = 100; ///< passes over all pairs
};

struct Equalization
{
    std::vector<EqualizedLayer> layers;
    std::vector<std::vector<float>> factors; ///< [layers - 1][channels]: s_i, over all passes
    std::size_t iterations = 0;
    double change = 0; ///< largest |s_i - 1| of the last pass
};

/// Cross-layer equalization of layers that follow each other, each seen by the next alone. For channel i between two of
/// them, r1 the largest |w| of output i of the first and r2 of input i of the second: s = √(r1·r2) / r2, the first's
/// weights, bias and cap divided by s, the second's weights of input i multiplied by it, until both ranges agree all along.
/// The float network computes the same but for float32 rounding. Channels with r1 = 0 or r2 = 0, or whose values would
/// overflow or vanish, keep s = 1; NaN has no part in ranges.
/// Errors: InvalidArgument (sizes; groups), SchemeMismatch (outputs of one layer are not the inputs of the next; activation
/// Other in between). Throws Cancelled. Pure; one thread, one pass reads every weight twice.
/// Source: Nagel et al., Data-Free Quantization, arXiv 1906.04721, section 4.1, equation 11.
Equalization equalize(std::vector<EqualizedLayer> layers, const EqualizationOptions& options = {},
                      std::stop_token stop = {});

} // namespace quantoscope
