// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace quantoscope {

/// Work of a layer for one sample. Modelled, not measured: it knows no memory, no instruction set and no overhead.
struct LayerOperations
{
    std::uint64_t macs = 0; ///< multiply-accumulates
    double weightBits = 32; ///< of a stored code; 32 for floats
    double inputBits = 32;  ///< 32 for float activations

    /// macs · weightBits · inputBits. Lower is better. Source: van Baalen et al., Bayesian Bits, NeurIPS 2020.
    double bitOperations() const { return static_cast<double>(macs) * weightBits * inputBits; }
};

double totalBitOperations(std::span<const LayerOperations> layers);

} // namespace quantoscope
