// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/halves.h"

#include <bit>

namespace quantoscope {

float floatOfHalf(std::uint16_t pattern)
{
    const std::uint32_t sign = (pattern & 0x8000U) << 16;
    const std::uint32_t magnitude = (pattern & 0x7fffU) << 13;
    if (magnitude >= 0x0f800000U) // infinity and NaN
        return std::bit_cast<float>(sign | magnitude | 0x7f800000U);
    return std::bit_cast<float>(sign
                                | std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f));
}

float floatOfBrain(std::uint16_t pattern) { return std::bit_cast<float>(std::uint32_t{pattern} << 16); }

std::uint16_t halfOfFloat(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
    const std::uint32_t magnitude = bits & 0x7fffffffU;
    if (magnitude > 0x7f800000U)
        return sign | 0x7e00U;
    if (magnitude >= 0x477ff000U) // 65520 and more
        return sign | 0x7c00U;
    if (magnitude < 0x38800000U) { // below 2^-14: adding 1/2 leaves steps of 2^-24, rounded as the sum is
        const float sum = std::bit_cast<float>(magnitude) + 0.5f;
        return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(sum) - 0x3f000000U));
    }
    const std::uint32_t rounded = magnitude + 0xfffU + (magnitude >> 13 & 1U);
    return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000U) >> 13));
}

std::uint16_t brainOfFloat(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U)
        return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

} // namespace quantoscope
