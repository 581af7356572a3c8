// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/layersite.h"

#include <span>

namespace quantoscope {

/// What 16-bit sums of pairs (VPMADDUBSW, processors without VNNI) would do to a layer of unsigned activation and signed weight codes.
struct PairSaturation
{
    std::uint64_t pairs = 0;
    std::uint64_t saturated = 0;
    double signal = 0; ///< Σ of the exact outputs squared, in reals
    double noise = 0;  ///< Σ of (saturated - exact)²
};

/// Codes of a layer's weight by output [outputs][features], 8 bits and signed, and the step of each output.
struct PairWeights
{
    std::span<const float> codes;
    std::vector<float> steps;
    std::size_t outputs = 0;
    std::size_t features = 0;
    std::vector<std::int64_t>
        kernel; ///< empty: a product; else height and width of a convolution of one group
    std::map<std::string, std::string> attributes;
};

/// Adds up at most 64 positions of each sample: features in the order that ONNX Runtime multiplies them in, channels innermost.
/// Nothing for shapes that do not fit.
void countSaturation(PairSaturation& total, const PairWeights& weights, const Tensor& input,
                     const StoredRange& range);

} // namespace quantoscope
