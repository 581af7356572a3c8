// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace quantoscope::test {

/// A convolution with everything it needs.
struct ConvCase
{
    ConvGeometry geometry;
    CodeMatrix weights;
    std::size_t images = 1;
    std::vector<std::int8_t> codes; ///< NCHW
    std::int32_t factor = 1;
    RowTerms terms;

    ConvInput input() const { return {codes, images, ImageLayout::Nchw, factor, {&terms, 1}}; }
    std::size_t outputSize() const { return images * geometry.outputSize(); }
};

inline std::string nameOf(const ConvCase& c)
{
    const auto axis = [](const ConvAxis& a) {
        return std::to_string(a.input) + "k" + std::to_string(a.kernel) + "s" + std::to_string(a.stride) + "d"
               + std::to_string(a.dilation) + "p" + std::to_string(a.padBegin) + ","
               + std::to_string(a.padEnd);
    };
    return std::to_string(c.weights.bits) + " bits " + std::to_string(c.images) + "×"
           + std::to_string(c.geometry.channels) + "→" + std::to_string(c.geometry.outputs) + "/"
           + std::to_string(c.geometry.groups) + " y " + axis(c.geometry.y) + " x " + axis(c.geometry.x);
}

/// Calls visit(output element, weight index in its output, input element) for every product on the image.
template <typename Visit>
void forProducts(const ConvCase& c, const Visit& visit)
{
    const ConvGeometry& g = c.geometry;
    for (std::int64_t n = 0, at = 0; n < static_cast<std::int64_t>(c.images); ++n)
        for (std::int64_t o = 0; o < g.outputs; ++o)
            for (std::int64_t oy = 0; oy < g.y.output(); ++oy)
                for (std::int64_t ox = 0; ox < g.x.output(); ++ox, ++at)
                    for (std::int64_t i = 0, k = 0; i < g.groupChannels(); ++i)
                        for (std::int64_t ky = 0; ky < g.y.kernel; ++ky)
                            for (std::int64_t kx = 0; kx < g.x.kernel; ++kx, ++k) {
                                const std::int64_t y = oy * g.y.stride - g.y.padBegin + ky * g.y.dilation;
                                const std::int64_t x = ox * g.x.stride - g.x.padBegin + kx * g.x.dilation;
                                const std::int64_t channel = o / g.groupOutputs() * g.groupChannels() + i;
                                if (y >= 0 && y < g.y.input && x >= 0 && x < g.x.input)
                                    visit(static_cast<std::size_t>(at), static_cast<std::size_t>(o),
                                          static_cast<std::size_t>(k),
                                          static_cast<std::size_t>(
                                              ((n * g.channels + channel) * g.y.input + y) * g.x.input + x));
                            }
}

inline std::vector<std::int64_t> referenceSums(const ConvCase& c)
{
    std::vector<std::int64_t> sums(c.outputSize());
    forProducts(c, [&](std::size_t at, std::size_t o, std::size_t k, std::size_t from) {
        sums[at] += integerOf(c.weights, o, k) * (std::int64_t{c.factor} * c.codes[from] - c.terms.zero);
    });
    return sums;
}

/// Codes by the Float rule, worked out from the exact sums.
inline std::vector<std::int8_t> referenceCodes(const ConvCase& c, const QuantizedOutput& rule)
{
    const std::vector<std::int64_t> sums = referenceSums(c);
    const std::size_t positions = c.geometry.outputSize() / static_cast<std::size_t>(c.geometry.outputs);
    std::vector<std::int8_t> codes(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::size_t output = i / positions % static_cast<std::size_t>(c.geometry.outputs);
        const std::int64_t biased = std::clamp<std::int64_t>(
            sums[i] + (rule.bias == nullptr ? 0 : rule.bias[output]),
            std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
        const float value = static_cast<float>(biased) * rule.floatMultipliers[output];
        const double steps = std::nearbyint(static_cast<double>(value)) + rule.zeroPoint;
        codes[i] = static_cast<std::int8_t>(static_cast<int>(std::clamp<double>(steps, rule.low, rule.high)));
    }
    return codes;
}

inline void fill(ConvCase& c, int bits, std::uint64_t seed)
{
    c.weights = randomWeights(static_cast<std::size_t>(c.geometry.outputs),
                              static_cast<std::size_t>(c.geometry.depth()), bits, seed);
    std::mt19937_64 random(seed + 1);
    c.codes.resize(c.images * c.geometry.inputSize());
    for (std::int8_t& code : c.codes)
        code = static_cast<std::int8_t>(random());
    c.terms.zero = static_cast<std::int32_t>(random() % 3 == 0 ? 0 : random() % 256) - 128;
    if (random() % 4 == 0)
        c.factor = 2;
    for (std::int32_t& zero : c.weights.zero)
        zero = static_cast<std::int32_t>(random() % (1U << bits));
    if (random() % 4 == 0)
        std::fill(c.weights.zero.begin(), c.weights.zero.end(), 0);
}

inline ConvAxis randomAxis(std::mt19937_64& random)
{
    ConvAxis axis;
    do {
        axis.input = static_cast<std::int64_t>(1 + random() % 19);
        axis.kernel = static_cast<std::int64_t>(1 + random() % 5);
        axis.stride = static_cast<std::int64_t>(1 + random() % 4);
        axis.dilation = static_cast<std::int64_t>(1 + random() % 3);
        axis.padBegin = static_cast<std::int64_t>(random() % 4);
        axis.padEnd = static_cast<std::int64_t>(random() % 4);
    } while (axis.reach() > axis.padded());
    return axis;
}

inline ConvCase plainCase(std::int64_t channels, std::int64_t outputs, std::int64_t groups, ConvAxis axis,
                          int bits)
{
    ConvCase c;
    c.geometry.channels = channels;
    c.geometry.outputs = outputs;
    c.geometry.groups = groups;
    c.geometry.y = axis;
    c.geometry.x = axis;
    fill(c, bits, static_cast<std::uint64_t>(channels * 131 + outputs * 7 + bits));
    std::fill(c.weights.zero.begin(), c.weights.zero.end(), 1 << (bits - 1));
    c.factor = 1;
    c.terms.zero = -128;
    return c;
}

} // namespace quantoscope::test
