// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace quantoscope {

/// The quantization that a file stores for a whole activation: real = (code - zeroPoint) · scale.
struct StoredRange
{
    int bits = 8;
    bool isSigned = false;
    float scale = 1;
    std::int32_t zeroPoint = 0;
    bool dynamic = false; ///< found at each inference: scale and zeroPoint mean nothing

    int lowestCode() const { return isSigned ? -(1 << (bits - 1)) : 0; }
    int highestCode() const { return isSigned ? (1 << (bits - 1)) - 1 : (1 << bits) - 1; }
    float lowest() const { return scale * static_cast<float>(lowestCode() - zeroPoint); }
    float highest() const { return scale * static_cast<float>(highestCode() - zeroPoint); }

    /// Division, half-even rounding and saturation, as QuantizeLinear. `x` finite.
    int codeOf(float x) const
    {
        const double code = std::nearbyint(static_cast<double>(x / scale)) + zeroPoint;
        return static_cast<int>(std::fmin(std::fmax(code, lowestCode()), highestCode()));
    }
    float valueOf(int code) const { return scale * static_cast<float>(code - zeroPoint); }

    /// "uint8 per tensor, zero point 128, -1.2 … 3.4"
    std::string description() const;
    bool operator==(const StoredRange&) const = default;
};

/// The range that DynamicQuantizeLinear finds for values between these extremes.
StoredRange dynamicRange(float min, float max);

} // namespace quantoscope
