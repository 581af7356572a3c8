// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ggml/fit.h"

#include <algorithm>
#include <array>

namespace quantoscope::ggml {

namespace {

constexpr std::size_t maxGroup = 32;
using Scratch = std::array<std::uint8_t, maxGroup>;

/// Weighted products of values and codes: the least-squares scale is valueCode / codeCode, and
/// valueCode² / codeCode is how much of the values' energy it explains.
struct Products
{
    float valueCode = 0;
    float codeCode = 0;

    void add(float value, int code)
    {
        const float weight = value * value;
        const auto factor = static_cast<float>(code);
        valueCode += weight * value * factor;
        codeCode += weight * factor * factor;
    }
    Products without(float value, int code) const
    {
        const float weight = value * value;
        const auto factor = static_cast<float>(code);
        return {valueCode - weight * value * factor, codeCode - weight * factor * factor};
    }
};

int nearestSigned(float value, int half) { return std::clamp(nearest(value), -half, half - 1); }

/// One candidate of the affine search: how the values fall on codes.
struct AffineProblem
{
    std::span<const float> values;
    std::span<const float> weights;
    const AffineSearch& search;
    float weightSum = 0;
    float valueSum = 0; ///< weighted

    void assign(float inverse, float minimum, std::uint8_t* codes) const
    {
        const int top = search.maxCode; // a copy: the stores below could change the original
        for (std::size_t i = 0; i < values.size(); ++i)
            codes[i] =
                static_cast<std::uint8_t>(std::clamp(nearest(inverse * (values[i] - minimum)), 0, top));
    }
    float error(const AffineFit& line, const std::uint8_t* codes) const
    {
        float sum = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const float off = line.scale * static_cast<float>(codes[i]) + line.minimum - values[i];
            sum += weights[i] * (search.absoluteError ? std::abs(off) : off * off);
        }
        return sum;
    }
    /// The least-squares line for these codes, through 0 where the free one would have a minimum above it.
    /// False where all codes are the same.
    bool solve(const std::uint8_t* codes, AffineFit& line) const
    {
        float code = 0;
        float codeCode = 0;
        float valueCode = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto factor = static_cast<float>(codes[i]);
            const float weighted = weights[i] * factor;
            code += weighted;
            codeCode += weighted * factor;
            valueCode += weighted * values[i];
        }
        const float determinant = weightSum * codeCode - code * code;
        if (!(determinant > 0))
            return false;
        line.scale = (weightSum * valueCode - valueSum * code) / determinant;
        line.minimum = (codeCode * valueSum - code * valueCode) / determinant;
        if (line.minimum > 0)
            line = {valueCode / codeCode, 0};
        return true;
    }
};

} // namespace

AffineFit fitAffine(std::span<const float> values, std::span<const float> weights, const AffineSearch& search,
                    std::uint8_t* codes)
{
    AffineProblem problem{values, weights, search};
    for (std::size_t i = 0; i < values.size(); ++i) {
        problem.weightSum += weights[i];
        problem.valueSum += weights[i] * values[i];
    }
    const float highest = *std::max_element(values.begin(), values.end());
    AffineFit best{0, std::min(*std::min_element(values.begin(), values.end()), 0.0f)};
    if (highest == best.minimum) {
        std::fill_n(codes, values.size(), std::uint8_t{0});
        return best;
    }
    const auto span = static_cast<float>(search.maxCode);
    const float inverse = span / (highest - best.minimum);
    best.scale = 1 / inverse;
    problem.assign(inverse, best.minimum, codes);
    float leastError = problem.error(best, codes);
    for (int i = 0; i <= search.count; ++i) {
        const float steps = search.first + search.step * static_cast<float>(i) + span;
        Scratch candidate;
        AffineFit line;
        problem.assign(steps / (highest - best.minimum), best.minimum, candidate.data());
        if (!problem.solve(candidate.data(), line))
            continue;
        const float error = problem.error(line, candidate.data());
        if (error < leastError) {
            leastError = error;
            best = line;
            std::copy_n(candidate.begin(), values.size(), codes);
        }
    }
    return best;
}

float fitSymmetric(std::span<const float> values, int half, std::uint8_t* codes)
{
    const float largest = largestMagnitude(values);
    if (std::abs(largest) < negligible) {
        std::fill_n(codes, values.size(), std::uint8_t{0});
        return 0;
    }
    float scale = 0;
    float explained = 0;
    const auto tryInverse = [&](float inverse, bool first) {
        Scratch candidate;
        Products sums;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int code = nearestSigned(inverse * values[i], half);
            candidate[i] = static_cast<std::uint8_t>(code + half);
            sums.add(values[i], code);
        }
        const bool better = sums.codeCode > 0 && sums.valueCode * sums.valueCode > explained * sums.codeCode;
        if (!first && !better)
            return;
        scale = sums.codeCode != 0 ? sums.valueCode / sums.codeCode : 0.0f;
        explained = scale * sums.valueCode;
        std::copy_n(candidate.begin(), values.size(), codes);
    };
    const auto span = static_cast<float>(half);
    tryInverse(-span / largest, true);
    for (int tenths = -9; tenths <= 9; ++tenths)
        if (tenths != 0)
            tryInverse(-(span + 0.1f * static_cast<float>(tenths)) / largest, false);
    return scale;
}

float fitSymmetricByMoves(std::span<const float> values, int half, std::uint8_t* codes)
{
    const float largest = largestMagnitude(values);
    if (std::abs(largest) < negligible) {
        std::fill_n(codes, values.size(), std::uint8_t{0});
        return 0;
    }
    const float inverse = -static_cast<float>(half) / largest;
    Products sums;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const int code = nearestSigned(inverse * values[i], half);
        codes[i] = static_cast<std::uint8_t>(code + half);
        sums.add(values[i], code);
    }
    bool moved = true;
    for (int round = 0; round < 5 && moved; ++round) {
        moved = false;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int code = codes[i] - half;
            Products others = sums.without(values[i], code);
            if (!(others.valueCode > 0))
                continue;
            // Where the element would go if the others alone set the scale.
            const int target = nearestSigned(values[i] * others.codeCode / others.valueCode, half);
            if (target == code)
                continue;
            others.add(values[i], target);
            if (others.codeCode > 0
                && others.valueCode * others.valueCode * sums.codeCode
                       > sums.valueCode * sums.valueCode * others.codeCode) {
                codes[i] = static_cast<std::uint8_t>(target + half);
                sums = others;
                moved = true;
            }
        }
    }
    return sums.codeCode > 0 ? sums.valueCode / sums.codeCode : 0.0f;
}

} // namespace quantoscope::ggml
