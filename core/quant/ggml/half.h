// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>

namespace quantoscope {

/// The IEEE 754 binary16 nearest to `value`, ties to even; magnitudes from 65520 on become infinite, NaN stays NaN
/// (quiet, payload dropped). The opposite way: floatFromHalf() in core/tensor/dtype.h.
constexpr std::uint16_t halfFromFloat(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    std::uint32_t half = 0;
    if (magnitude > 0x7f800000u) {
        half = 0x7e00u;
    } else if (magnitude
               >= 0x477ff000u) { // 65520, halfway between the largest half and the next power of two
        half = 0x7c00u;
    } else {
        // The float is `significand` units of 2^(exponent - 150); a half counts in units of 2^-24 or more.
        const std::uint32_t exponent = magnitude >> 23;
        const bool subnormal = exponent < 113; // below 2^-14
        const std::uint32_t drop = subnormal ? 126 - exponent : 13;
        if (exponent == 0 || drop > 24) // below half of the smallest half
            return static_cast<std::uint16_t>(sign);
        const std::uint32_t significand =
            subnormal ? (magnitude & 0x7fffffu) | 0x800000u : magnitude - (112u << 23);
        const std::uint32_t kept = significand >> drop;
        const std::uint32_t rest = significand & ((1u << drop) - 1);
        const std::uint32_t middle = 1u << (drop - 1);
        // A carry out of the mantissa moves into the exponent field, as it should.
        half = kept + (rest > middle || (rest == middle && (kept & 1u)) ? 1u : 0u);
    }
    return static_cast<std::uint16_t>(sign | half);
}

/// floatFromHalf(), inline: every group of a block needs it.
constexpr float quickFloatFromHalf(std::uint16_t half)
{
    const std::uint32_t sign = (half & 0x8000u) << 16;
    const std::uint32_t magnitude = (half & 0x7fffu) << 13;
    std::uint32_t bits = 0;
    if (magnitude >= 0x7c00u << 13) // infinite, NaN
        bits = magnitude | 0x7f800000u;
    else if (magnitude >= 0x0400u << 13)
        bits = magnitude + (112u << 23);
    else // subnormal: as the mantissa of a number in 2^-14 … 2^-13, less 2^-14
        bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude + (113u << 23)) - 0x1p-14f);
    return std::bit_cast<float>(sign | bits);
}

} // namespace quantoscope
