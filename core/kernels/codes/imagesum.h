// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codes/codeloops.h"
#include "core/kernels/input/activationrules.h"

#include <array>
#include <optional>
#include <stop_token>
#include <string>

namespace quantoscope {

/// Images [image][y][x][channels]: packed integers, or reals where `codes` is null.
struct Images
{
    const std::int8_t* codes = nullptr;
    const float* reals = nullptr;
    std::array<std::size_t, 3> sizes = {1, 1, 1}; ///< images, y, x
    std::size_t channels = 0;

    std::size_t pixels() const { return sizes[0] * sizes[1] * sizes[2]; }
};

/// Integers p with one scale above 0 and no real offset, scale · (p - zero), rounded half to even?
bool isPlainRule(const RowRule& rule);

/// a + b, clamped to [low, high] where low < high, as packed integers of a rule. Sizes of 1 are repeated; the channels that one side
/// lacks behind its own are 0 there. An integer differs from the one that the float32 sum is quantized to by at most 1, where that
/// lies within the roundings of a multiplier, a product and a sum from a tie.
class ImageSum
{
public:
    /// Rules of codes; none: reals. All are plain.
    ImageSum(const std::optional<RowRule>& a, const std::optional<RowRule>& b, const RowRule& next, float low,
             float high, Isa isa);

    /// Sizes of the result, or nothing where those of a and b do not go together.
    static std::optional<std::array<std::size_t, 3>> sizesOf(const std::array<std::size_t, 3>& a,
                                                             const std::array<std::size_t, 3>& b);
    /// Parallel over pixels; the same for any number of threads. Throws Error(InvalidArgument), Cancelled.
    void run(const Images& a, const Images& b, std::int8_t* out, std::stop_token stop = {}) const;

private:
    struct Side
    {
        float multiplier;
        std::int32_t zero;
    };
    Side m_a, m_b;
    SumRule m_rule;
    Isa m_isa;
};

} // namespace quantoscope
