// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/elements/elementformat.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace quantoscope::reference {

struct Level
{
    double value;
    std::uint32_t code;
};

/// The value of a float format's code in double, from the definition alone; NaN where the code is no number.
inline double definedValue(const ElementFormat& format, std::uint32_t code)
{
    const int mantissa = int(code) & ((1 << format.mantissaBits) - 1);
    const int allOnes = (1 << format.exponentBits) - 1;
    const int exponent = int(code >> format.mantissaBits) & allOnes;
    const bool isE4m3 = format.exponentBits == 4;
    if (exponent == allOnes && (isE4m3 ? mantissa == 7 : format.bits >= 8))
        return std::nan("");
    const int bias = (1 << (format.exponentBits - 1)) - 1;
    const double significand = mantissa / std::exp2(format.mantissaBits) + (exponent == 0 ? 0 : 1);
    const double magnitude = significand * std::exp2(std::max(exponent, 1) - bias);
    return code >> (format.bits - 1) ? -magnitude : magnitude;
}

/// Ascending numbers of a format, -0 left out.
inline std::vector<Level> levelsOf(const ElementFormat& format)
{
    std::vector<Level> levels;
    for (std::uint32_t code = 0; code < std::uint32_t(format.codes()); ++code) {
        const double value = format.kind == ElementFormat::Kind::Float ? definedValue(format, code)
                                                                       : double(format.decode(code));
        if (!std::isnan(value) && !(value == 0 && std::signbit(value)))
            levels.push_back({value, code});
    }
    std::sort(levels.begin(), levels.end(), [](const Level& a, const Level& b) { return a.value < b.value; });
    return levels;
}

inline double squaredError(std::span<const float> a, std::span<const float> b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
    return sum;
}

} // namespace quantoscope::reference
