// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace quantoscope {

/// α = mean |x| of binary activations, summed in double; what is not finite is left out, of nothing it is 0.
struct Magnitudes
{
    double sum = 0;
    std::size_t count = 0;

    void add(float x)
    {
        const bool finite = std::isfinite(x);
        sum += finite ? static_cast<double>(std::abs(x)) : 0;
        count += finite ? 1 : 0;
    }
    float mean() const { return count == 0 ? 0 : static_cast<float>(sum / static_cast<double>(count)); }
};

inline float meanMagnitude(std::span<const float> values)
{
    Magnitudes magnitudes;
    for (const float value : values)
        magnitudes.add(value);
    return magnitudes.mean();
}

} // namespace quantoscope
