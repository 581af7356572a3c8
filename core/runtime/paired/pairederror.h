// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <cstdint>

namespace quantoscope {

/// What lies between two values of the same shape, x the reference and x̂ the other; elements where one is not finite are counted
/// and left out. Sums in double in element order: the same for any number of threads.
struct PairSums
{
    std::uint64_t count = 0;
    std::uint64_t nonFinite = 0;
    double signal = 0;  ///< Σ x²
    double noise = 0;   ///< Σ (x̂ - x)²
    double product = 0; ///< Σ x·x̂
    double other = 0;   ///< Σ x̂²
    double maxError = 0;

    void add(float x, float y);
    void merge(const PairSums& more);
    /// 10·log10(signal / noise) dB; NaN where either is 0.
    double sqnrDb() const;
    /// product / √(signal · other); NaN where either is 0.
    double cosine() const;
};

/// The seven numbers as a paired model gives them: doubles in the order above.
PairSums pairSumsFrom(const Tensor& tensor);

} // namespace quantoscope
