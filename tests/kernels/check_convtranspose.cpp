// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/convtranspose.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace quantoscope::test {

namespace {

/// A transposed convolution with everything it needs.
struct TransposeCase
{
    TransposeGeometry geometry;
    CodeMatrix weights; ///< [output of a group][channel][kernel y][kernel x]
    std::size_t images = 1;
    std::vector<std::int8_t> codes; ///< NCHW
    std::int32_t factor = 1;
    std::vector<RowTerms> terms;

    ConvInput input() const { return {codes, images, ImageLayout::Nchw, factor, terms}; }
    std::size_t outputSize() const { return images * geometry.outputSize(); }
};

std::string nameOf(const TransposeCase& c)
{
    const auto axis = [](const TransposeAxis& a) {
        return std::to_string(a.input) + "k" + std::to_string(a.kernel) + "s" + std::to_string(a.stride) + "d"
               + std::to_string(a.dilation) + "p" + std::to_string(a.padBegin) + ","
               + std::to_string(a.padEnd) + "+" + std::to_string(a.outputPadding);
    };
    return std::to_string(c.weights.bits) + " bits " + std::to_string(c.images) + "×"
           + std::to_string(c.geometry.channels) + "→" + std::to_string(c.geometry.outputs) + "/"
           + std::to_string(c.geometry.groups) + " y " + axis(c.geometry.y) + " x " + axis(c.geometry.x);
}

/// From the image's side: each pixel times each tap is added where it falls.
std::vector<std::int64_t> referenceSums(const TransposeCase& c)
{
    const TransposeGeometry& g = c.geometry;
    std::vector<std::int64_t> sums(c.outputSize());
    for (std::int64_t n = 0, at = 0; n < static_cast<std::int64_t>(c.images); ++n)
        for (std::int64_t channel = 0; channel < g.channels; ++channel)
            for (std::int64_t y = 0; y < g.y.input; ++y)
                for (std::int64_t x = 0; x < g.x.input; ++x, ++at) {
                    const std::int32_t zero = c.terms[c.terms.size() == 1 ? 0 : std::size_t(n)].zero;
                    const std::int64_t p = std::int64_t{c.factor} * c.codes[std::size_t(at)] - zero;
                    const std::int64_t group = channel / g.groupChannels();
                    for (std::int64_t o = 0; o < g.groupOutputs(); ++o)
                        for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
                            const std::int64_t toY =
                                y * g.y.stride + tap / g.x.kernel * g.y.dilation - g.y.padBegin;
                            const std::int64_t toX =
                                x * g.x.stride + tap % g.x.kernel * g.x.dilation - g.x.padBegin;
                            if (toY < 0 || toY >= g.y.output() || toX < 0 || toX >= g.x.output())
                                continue;
                            const std::int64_t plane = n * g.outputs + group * g.groupOutputs() + o;
                            sums[std::size_t((plane * g.y.output() + toY) * g.x.output() + toX)] +=
                                p
                                * integerOf(c.weights, std::size_t(o), std::size_t(channel * g.taps() + tap));
                        }
                }
    return sums;
}

template <typename T>
std::vector<T> byPixel(const std::vector<T>& from, std::size_t images, std::size_t channels)
{
    std::vector<T> to(from.size());
    const std::size_t pixels = from.size() / images / channels;
    for (std::size_t n = 0; n < images; ++n)
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t i = 0; i < pixels; ++i)
                to[(n * pixels + i) * channels + c] = from[(n * channels + c) * pixels + i];
    return to;
}

void fill(TransposeCase& c, int bits, std::uint64_t seed)
{
    c.weights = randomWeights(std::size_t(c.geometry.groupOutputs()),
                              std::size_t(c.geometry.channels * c.geometry.taps()), bits, seed);
    std::mt19937_64 random(seed + 1);
    c.codes.resize(c.images * c.geometry.inputSize());
    for (std::int8_t& code : c.codes)
        code = static_cast<std::int8_t>(random());
    for (std::int32_t& zero : c.weights.zero)
        zero = static_cast<std::int32_t>(random() % (1U << bits));
    c.factor = random() % 4 == 0 ? 2 : 1;
    c.terms.resize(random() % 2 == 0 ? 1 : c.images);
    for (RowTerms& terms : c.terms) {
        terms.zero = static_cast<std::int32_t>(random() % 256) - 128;
        terms.scale = 0.01f + static_cast<float>(random() % 100) * 1e-3f;
    }
}

TransposeAxis randomAxis(std::mt19937_64& random)
{
    TransposeAxis axis;
    do {
        axis.input = std::int64_t(1 + random() % 13);
        axis.kernel = std::int64_t(1 + random() % 5);
        axis.stride = std::int64_t(1 + random() % 4);
        axis.dilation = std::int64_t(1 + random() % 3);
        axis.padBegin = std::int64_t(random() % 4);
        axis.padEnd = std::int64_t(random() % 4);
        axis.outputPadding = std::int64_t(random() % std::uint64_t(std::max(axis.stride, axis.dilation)));
    } while (axis.output() < 1);
    return axis;
}

std::vector<std::int32_t> sumsOf(const TransposeCase& c, const PackedTranspose& packed,
                                 const ConvInput& input, ImageLayout layout = ImageLayout::Nchw)
{
    std::vector<std::int32_t> sums(c.outputSize(), 12345);
    ConvScratch scratch;
    convolveTransposed(packed, c.geometry, input, {ConvSums{sums}, layout}, scratch);
    return sums;
}

void expectExact(const TransposeCase& c, Isa isa, Failures& failures)
{
    const std::vector<std::int64_t> wanted = referenceSums(c);
    const PackedTranspose packed = packTranspose(c.weights, c.geometry, isa);
    const std::vector<std::int32_t> sums = sumsOf(c, packed, c.input());
    failures.expect(std::equal(sums.begin(), sums.end(), wanted.begin(), wanted.end()),
                    nameOf(c) + " equals the reference");
    const std::vector<std::int8_t> pixels = byPixel(c.codes, c.images, std::size_t(c.geometry.channels));
    ConvInput input = c.input();
    input.codes = pixels;
    input.layout = ImageLayout::Nhwc;
    failures.expect(sumsOf(c, packed, input, ImageLayout::Nhwc)
                        == byPixel(sums, c.images, std::size_t(c.geometry.outputs)),
                    nameOf(c) + " is the same pixel by pixel");
    const ThreadLimit one(1);
    failures.expect(sumsOf(c, packed, c.input()) == sums, nameOf(c) + " is the same on one thread");
}

void checkRandom(Isa isa, Failures& failures)
{
    std::mt19937_64 random(23);
    for (int i = 0; i < 60; ++i) {
        TransposeCase c;
        c.geometry.y = random() % 5 == 0 ? TransposeAxis{} : randomAxis(random);
        c.geometry.x = randomAxis(random);
        c.geometry.groups = random() % 3 == 0 ? std::int64_t(1 + random() % 4) : 1;
        c.geometry.channels = c.geometry.groups * std::int64_t(1 + random() % 21);
        c.geometry.outputs = c.geometry.groups * std::int64_t(1 + random() % 19);
        c.images = 1 + random() % 3;
        fill(c, static_cast<int>(1 + random() % 8), random());
        expectExact(c, isa, failures);
    }
}

/// Images so large that they are cut into bands, whose taps overlap.
void checkBands(Isa isa, Failures& failures)
{
    for (const std::int64_t kernel : {2, 3, 4}) {
        TransposeCase c;
        c.geometry.channels = 3;
        c.geometry.outputs = 17;
        c.geometry.y = {61, kernel, 2, 1, kernel == 2 ? 0 : 1, kernel == 2 ? 0 : 1, 0};
        c.geometry.x = {67, kernel, 2, 1, kernel == 2 ? 0 : 1, 0, 1};
        fill(c, 5, static_cast<std::uint64_t>(kernel));
        expectExact(c, isa, failures);
    }
}

/// All codes at their ends: nothing saturates, and depths that int32 cannot hold are refused.
void checkExtremes(Isa isa, Failures& failures)
{
    for (const bool high : {false, true}) {
        TransposeCase c;
        c.geometry.channels = 250;
        c.geometry.outputs = 33;
        c.geometry.y = {4, 3, 1, 1, 1, 1, 0};
        c.geometry.x = {5, 3, 1, 1, 0, 2, 0};
        fill(c, 8, 3);
        std::fill(c.codes.begin(), c.codes.end(), static_cast<std::int8_t>(high ? 127 : -128));
        std::fill(c.weights.codes.begin(), c.weights.codes.end(), std::uint16_t{255});
        std::fill(c.weights.zero.begin(), c.weights.zero.end(), 0);
        c.factor = 1;
        c.terms = {{0.1f, 0, high ? -128 : 127, 0}};
        expectExact(c, isa, failures);
    }
    TransposeCase deep;
    deep.geometry.channels = 8000;
    deep.geometry.outputs = 1;
    deep.geometry.y = {3, 3, 1, 1, 0, 0, 0};
    deep.geometry.x = {3, 3, 1, 1, 0, 0, 0};
    fill(deep, 8, 3);
    std::fill(deep.weights.zero.begin(), deep.weights.zero.end(), 0);
    bool refused = false;
    try {
        sumsOf(deep, packTranspose(deep.weights, deep.geometry, isa), deep.input());
    } catch (const Error& error) {
        refused = error.code() == ErrorCode::InvalidArgument;
    }
    failures.expect(refused, "72,000 products are refused");
}

/// Reals and codes are what exact sums become, in both layouts.
void checkOutputs(Isa isa, Failures& failures)
{
    std::mt19937_64 random(5);
    for (const std::int64_t outputs : {1, 2, 16, 24, 37}) {
        TransposeCase c;
        c.geometry.channels = 12;
        c.geometry.outputs = outputs;
        c.geometry.y = {9, 3, 2, 1, 1, 0, 0};
        c.geometry.x = {21, 2, 2, 1, 0, 0, 0};
        c.images = 2;
        fill(c, 8, random());
        std::vector<float> bias(static_cast<std::size_t>(outputs));
        std::vector<float> multipliers(bias.size());
        std::vector<std::int32_t> integerBias(bias.size());
        for (std::size_t i = 0; i < bias.size(); ++i) {
            bias[i] = static_cast<float>(random() % 100) - 50;
            multipliers[i] = 1e-4f + static_cast<float>(random() % 100) * 1e-5f;
            integerBias[i] = static_cast<std::int32_t>(random() % 10000) - 5000;
        }
        const FloatOutput reals{bias.data(), -30, 40};
        QuantizedOutput codes;
        codes.rule = Requantization::Float;
        codes.bias = integerBias.data();
        codes.floatMultipliers = multipliers.data();
        codes.zeroPoint = 3;
        const std::vector<std::int64_t> sums = referenceSums(c);
        std::vector<float> wantedReals(sums.size());
        std::vector<std::int8_t> wantedCodes(sums.size());
        const auto positions = static_cast<std::size_t>(c.geometry.positions());
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::size_t n = i / positions % bias.size();
            const float scale = c.terms[c.terms.size() == 1 ? 0 : i / c.geometry.outputSize()].scale;
            const float value = static_cast<float>(sums[i]) * (scale * c.weights.scale[n]) + bias[n];
            wantedReals[i] = std::clamp(value, -30.0f, 40.0f);
            const double steps =
                std::nearbyint(static_cast<float>(sums[i] + integerBias[n]) * multipliers[n]) + 3;
            wantedCodes[i] = static_cast<std::int8_t>(std::clamp(steps, -128.0, 127.0));
        }
        const PackedTranspose packed = packTranspose(c.weights, c.geometry, isa);
        for (const ImageLayout layout : {ImageLayout::Nchw, ImageLayout::Nhwc}) {
            const bool planar = layout == ImageLayout::Nchw;
            const auto all = static_cast<std::size_t>(outputs);
            ConvScratch scratch;
            std::vector<float> y(sums.size());
            convolveTransposed(packed, c.geometry, c.input(), {ConvReals{y, reals}, layout}, scratch);
            failures.expect(y == (planar ? wantedReals : byPixel(wantedReals, c.images, all)),
                            nameOf(c) + ": reals, " + (planar ? "planes" : "pixels"));
            std::vector<std::int8_t> q(sums.size());
            convolveTransposed(packed, c.geometry, c.input(), {ConvCodes{q, codes}, layout}, scratch);
            failures.expect(q == (planar ? wantedCodes : byPixel(wantedCodes, c.images, all)),
                            nameOf(c) + ": codes, " + (planar ? "planes" : "pixels"));
        }
    }
}

void checkRefusals(Failures& failures)
{
    const auto refuses = [&](const TransposeGeometry& geometry, const std::string& what) {
        try {
            geometry.validate();
            failures.expect(false, what + " is refused");
        } catch (const Error& error) {
            failures.expect(error.code() == ErrorCode::InvalidArgument, what + " is an invalid argument");
        }
    };
    TransposeGeometry fine;
    fine.channels = 4;
    fine.outputs = 6;
    fine.groups = 2;
    fine.x = {5, 3, 2, 1, 1, 1, 1};
    fine.validate();
    auto g = fine;
    g.groups = 3;
    refuses(g, "three groups of four channels");
    g = fine;
    g.x.stride = 0;
    refuses(g, "a stride of 0");
    g = fine;
    g.x.padBegin = 11;
    refuses(g, "a result that is cut off wholly");
    g = fine;
    g.x.input = std::int64_t{1} << 39;
    g.x.stride = std::int64_t{1} << 39;
    refuses(g, "an endless result");
    g = fine;
    g.y.outputPadding = -1;
    refuses(g, "negative output padding");
}

} // namespace

void checkConvTranspose(Isa isa, Failures& failures)
{
    checkRandom(isa, failures);
    checkBands(isa, failures);
    checkExtremes(isa, failures);
    checkOutputs(isa, failures);
    checkRefusals(failures);
}

} // namespace quantoscope::test
