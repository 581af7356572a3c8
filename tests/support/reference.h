// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// An independent reference: scalar, in double where the definitions leave the precision open, written from
// the definitions and not from the engine.

#include "core/quant/grid.h"

#include <cmath>
#include <random>
#include <vector>

namespace quantoscope::reference {

inline std::vector<float> gauss(std::size_t count, unsigned seed, float sigma = 1.0f)
{
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal(0.0f, sigma);
    std::vector<float> values(count);
    for (float& x : values)
        x = normal(engine);
    return values;
}

struct Errors
{
    std::uint64_t elements = 0, below = 0, above = 0, zeroed = 0;
    double squaredError = 0, clipped = 0, squaredValue = 0, absError = 0, error = 0, product = 0,
           squaredOutput = 0, maxError = 0;
    double mse() const { return squaredError / static_cast<double>(elements); }
    double sqnrDb() const { return 10 * std::log10(squaredValue / squaredError); }
    double cosine() const { return product / std::sqrt(squaredValue * squaredOutput); }
};

/// Adds one set. `lo`, `hi`: its outermost levels.
inline void addErrors(Errors& sums, const std::vector<float>& x, const std::vector<float>& y, double lo,
                      double hi)
{
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!std::isfinite(x[i]))
            continue;
        const double value = x[i], output = y[i], e = output - value;
        ++sums.elements;
        sums.squaredError += e * e;
        if (value < lo || value > hi)
            sums.clipped += e * e;
        sums.below += value < lo;
        sums.above += value > hi;
        sums.zeroed += value != 0 && output == 0;
        sums.squaredValue += value * value;
        sums.squaredOutput += output * output;
        sums.product += value * output;
        sums.absError += std::abs(e);
        sums.error += e;
        sums.maxError = std::max(sums.maxError, std::abs(e));
    }
}

} // namespace quantoscope::reference
