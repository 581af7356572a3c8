// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/convolution.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace quantoscope::test {

namespace {

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

std::string nameOf(const ConvCase& c)
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

std::vector<std::int64_t> referenceSums(const ConvCase& c)
{
    std::vector<std::int64_t> sums(c.outputSize());
    forProducts(c, [&](std::size_t at, std::size_t o, std::size_t k, std::size_t from) {
        sums[at] += integerOf(c.weights, o, k) * (std::int64_t{c.factor} * c.codes[from] - c.terms.zero);
    });
    return sums;
}

/// [images][channels][pixels] → [images][pixels][channels], or back.
template <typename T>
std::vector<T> reordered(const std::vector<T>& from, std::size_t images, std::size_t rows,
                         std::size_t columns)
{
    std::vector<T> to(from.size());
    for (std::size_t n = 0; n < images; ++n)
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; ++c)
                to[(n * columns + c) * rows + r] = from[(n * rows + r) * columns + c];
    return to;
}

std::vector<std::int32_t> sumsOf(const PackedConv& conv, const ConvInput& input, std::size_t size,
                                 ImageLayout layout = ImageLayout::Nchw)
{
    std::vector<std::int32_t> sums(size, 12345);
    ConvScratch scratch;
    convolve(conv, input, {ConvSums{sums}, layout}, scratch);
    return sums;
}

void expectExact(const ConvCase& c, Isa isa, Failures& failures)
{
    const std::vector<std::int64_t> wanted = referenceSums(c);
    const PackedConv conv = packConv(c.weights, c.geometry, isa);
    const std::vector<std::int32_t> sums = sumsOf(conv, c.input(), wanted.size());
    failures.expect(std::equal(sums.begin(), sums.end(), wanted.begin()),
                    nameOf(c) + " equals the reference");
    const auto channels = static_cast<std::size_t>(c.geometry.channels);
    const auto outputs = static_cast<std::size_t>(c.geometry.outputs);
    const std::vector<std::int8_t> pixels =
        reordered(c.codes, c.images, channels, c.geometry.inputSize() / channels);
    ConvInput input = c.input();
    input.codes = pixels;
    input.layout = ImageLayout::Nhwc;
    const std::vector<std::int32_t> byPixel = sumsOf(conv, input, wanted.size(), ImageLayout::Nhwc);
    failures.expect(byPixel == reordered(sums, c.images, outputs, c.geometry.outputSize() / outputs),
                    nameOf(c) + " is the same pixel by pixel");
}

void fill(ConvCase& c, int bits, std::uint64_t seed)
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

ConvAxis randomAxis(std::mt19937_64& random)
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

void checkRandomGeometries(Isa isa, Failures& failures)
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 60; ++i) {
        ConvCase c;
        c.geometry.y = random() % 5 == 0 ? ConvAxis{} : randomAxis(random);
        c.geometry.x = randomAxis(random);
        c.geometry.groups = random() % 3 == 0 ? static_cast<std::int64_t>(1 + random() % 4) : 1;
        c.geometry.channels = c.geometry.groups * static_cast<std::int64_t>(1 + random() % 13);
        c.geometry.outputs = c.geometry.groups * static_cast<std::int64_t>(1 + random() % 37);
        c.images = 1 + random() % 2;
        fill(c, static_cast<int>(1 + random() % 8), random());
        expectExact(c, isa, failures);
    }
}

void checkDepthwise(Isa isa, Failures& failures)
{
    std::mt19937_64 random(11);
    for (int i = 0; i < 40; ++i) {
        ConvCase c;
        c.geometry.y = random() % 5 == 0 ? ConvAxis{} : randomAxis(random);
        c.geometry.x = randomAxis(random);
        c.geometry.channels =
            static_cast<std::int64_t>(i % 4 == 0 ? 16 * (1 + random() % 9) : 2 + random() % 40);
        c.geometry.groups = c.geometry.channels;
        c.geometry.outputs = c.geometry.channels * static_cast<std::int64_t>(1 + random() % 3);
        c.images = 1 + random() % 2;
        fill(c, static_cast<int>(1 + random() % 8), random());
        if (i % 2 == 0)
            std::fill(c.weights.zero.begin(), c.weights.zero.end(), 1 << (c.weights.bits - 1));
        expectExact(c, isa, failures);
    }
}

} // namespace

/// Direct convolutions against a term-by-term int64 reference.
void checkConv(Isa isa, Failures& failures)
{
    checkRandomGeometries(isa, failures);
    checkDepthwise(isa, failures);
}

} // namespace quantoscope::test
