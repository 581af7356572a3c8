// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace quantoscope {

/// Sums over the finite elements of a tensor, e = x̂ - x. Added up in fixed order, so that they do not
/// depend on instruction set or thread count.
struct ErrorSums
{
    std::uint64_t elements = 0; ///< finite ones
    std::uint64_t nan = 0;
    std::uint64_t inf = 0;

    double squaredRounding = 0;     ///< Σe² over the elements that are not clipped
    double squaredClipping = 0;     ///< Σe² over those that are
    double squaredValue = 0;        ///< Σx²
    double maxError = 0;            ///< max |e|
    std::uint64_t clippedBelow = 0; ///< x < lowest level of its set
    std::uint64_t clippedAbove = 0;

    // The full pass only.
    double valueOutput = 0;       ///< Σx·x̂
    double squaredOutput = 0;     ///< Σx̂²
    double error = 0;             ///< Σe
    double absError = 0;          ///< Σ|e|
    double squaredSteps = 0;      ///< Σ(e/s)² over the elements that are not clipped
    std::uint64_t zeroed = 0;     ///< x ≠ 0, x̂ = 0
    std::uint64_t saturated = 0;  ///< unclamped code outside [qmin, qmax]
    std::uint64_t zeroOutput = 0; ///< x̂ = 0

    double squaredError() const { return squaredRounding + squaredClipping; } ///< Σe²
    void add(const ErrorSums& other);
};

} // namespace quantoscope
