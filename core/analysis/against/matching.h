// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

struct LayerMatch
{
    std::optional<LayerId> quantized;
    std::string by;     ///< "position", "name", "correlation"
    double score = 0;   ///< cosine of the dequantized weights
    std::string reason; ///< why there is none
};

struct Matching
{
    std::vector<LayerMatch> layers; ///< one per layer of the float network
    std::vector<Skipped> unmatched; ///< layers of the quantized network
};

/// Which layer became which. Candidates have as many outputs and weights; product or convolution does not matter.
///   position     as many layers of that size in both files: in their order
///   name         equal but for what quantizers put in front and behind ("_quant", "_QuantizeLinear", a path)
///   correlation  the pairs left that look most alike, from 0.6 on
/// A pair by position or name needs a likeness of 0.6 (0.3 by name); those that nothing else fits are paired nevertheless
/// by name or position, and their score tells. Linear in the weights but for layers of one size that only correlation tells apart.
/// Throws Cancelled.
Matching matchLayers(const Network& original, const Network& quantized, std::stop_token stop = {});

/// The name without what quantizers add.
std::string plainName(std::string_view name);

} // namespace quantoscope
