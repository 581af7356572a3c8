// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

namespace quantoscope::ggml {

/// Groups whose largest magnitude is below this count as zeros.
inline constexpr float negligible = 1e-15f;

/// The value of largest magnitude, the first of equals; 0 for zeros.
inline float largestMagnitude(std::span<const float> values)
{
    float largest = 0;
    for (const float value : values)
        if (std::abs(value) > std::abs(largest))
            largest = value;
    return largest;
}

/// Integer part of a value that a sound scale keeps within a byte; what a scale that over- or underflowed makes of it
/// becomes 0, where a bare conversion would be undefined.
inline int truncated(float value) { return std::abs(value) < 256 ? static_cast<int>(value) : 0; }

/// Nearest integer, ties to even, of |value| < 2^22: adding 1.5·2^23 leaves no fraction bits. Defined for every input,
/// so that degenerate scales give the same codes everywhere.
inline int nearest(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value + 12582912.0f);
    return static_cast<int>(bits & 0x7fffffu) - 0x400000;
}

/// A line value ≈ scale · code + minimum, minimum ≤ 0.
struct AffineFit
{
    float scale = 0;
    float minimum = 0;
};

/// Candidates for the inverse scale: (codes' span + first + i · step) / range, i = 0 … count.
struct AffineSearch
{
    int maxCode;
    float first;
    float step;
    int count;
    bool absoluteError; ///< weigh |error| instead of its square
};

/// Codes 0 … maxCode and the line through them by weighted least squares, the candidate of least error. Each candidate's
/// range starts at the best minimum so far. Float32, sums in element order.
AffineFit fitAffine(std::span<const float> values, std::span<const float> weights, const AffineSearch& search,
                    std::uint8_t* codes);

/// Scale for codes -half … half - 1 (stored + half) by least squares weighted with the square of the value, over 19
/// inverse scales around the one that maps the largest magnitude to -half. 0 for negligible values.
float fitSymmetric(std::span<const float> values, int half, std::uint8_t* codes);

/// The same codes and weights, but by up to five rounds of moving single codes while that lowers the error.
float fitSymmetricByMoves(std::span<const float> values, int half, std::uint8_t* codes);

} // namespace quantoscope::ggml
