// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/convolution.h"
#include "core/kernels/conv/transpose.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/convcase.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace quantoscope::test {

namespace {

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

ConvCase randomDense(std::mt19937_64& random, int bits)
{
    ConvCase c;
    c.geometry.y = random() % 5 == 0 ? ConvAxis{} : randomAxis(random);
    c.geometry.x = randomAxis(random);
    c.geometry.groups = random() % 3 == 0 ? static_cast<std::int64_t>(1 + random() % 4) : 1;
    c.geometry.channels = c.geometry.groups * static_cast<std::int64_t>(1 + random() % 13);
    c.geometry.outputs = c.geometry.groups * static_cast<std::int64_t>(1 + random() % 37);
    c.images = 1 + random() % 2;
    fill(c, bits, random());
    return c;
}

/// Integers of weights that are bytes: code 255 goes with a zero point of 128 alone, 0 with both.
void centre(ConvCase& c, std::int32_t zero)
{
    c.weights.factor = 1;
    std::fill(c.weights.zero.begin(), c.weights.zero.end(), zero);
    for (std::uint16_t& code : c.weights.codes)
        code = std::min(code, static_cast<std::uint16_t>(zero + 127));
}

void checkRandomGeometries(Isa isa, Failures& failures)
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 60; ++i)
        expectExact(randomDense(random, static_cast<int>(1 + random() % 8)), isa, failures);
    for (int i = 0; i < 30; ++i) {
        ConvCase c = randomDense(random, 8);
        centre(c, 127 + i % 2);
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

void expectCodes(const ConvCase& c, const QuantizedOutput& rule, Isa isa, const std::string& what,
                 Failures& failures)
{
    const std::vector<std::int8_t> wanted = referenceCodes(c, rule);
    const PackedConv conv = packConv(c.weights, c.geometry, isa);
    ConvScratch scratch;
    for (const ImageLayout layout : {ImageLayout::Nchw, ImageLayout::Nhwc}) {
        std::vector<std::int8_t> codes(wanted.size());
        convolve(conv, c.input(), {ConvCodes{codes, rule}, layout}, scratch);
        const auto outputs = static_cast<std::size_t>(c.geometry.outputs);
        const bool same =
            layout == ImageLayout::Nchw
                ? codes == wanted
                : codes == reordered(wanted, c.images, outputs, c.geometry.outputSize() / outputs);
        failures.expect(same, what + ", " + nameOf(c) + ": codes equal the reference"
                                  + (layout == ImageLayout::Nchw ? "" : " pixel by pixel"));
    }
}

/// Codes in every shape that has loops of its own: zero points, biases, both signs, narrow clamps, values far out of range.
void checkCodes(Isa isa, Failures& failures)
{
    const ConvAxis padded{11, 3, 1, 1, 1, 1};
    const std::vector<ConvCase> cases = {plainCase(13, 40, 1, padded, 8),
                                         plainCase(64, 33, 1, {9, 1, 1, 1, 0, 0}, 5),
                                         plainCase(131, 7, 1, {5, 2, 1, 1, 1, 0}, 2),
                                         plainCase(32, 32, 32, padded, 8),
                                         plainCase(48, 48, 48, {10, 3, 2, 1, 1, 0}, 4),
                                         plainCase(80, 80, 80, padded, 7),
                                         plainCase(5, 10, 5, padded, 6),
                                         plainCase(16, 16, 16, {12, 5, 1, 1, 2, 2}, 3),
                                         plainCase(8, 8, 2, padded, 8),
                                         plainCase(16, 16, 16, {12, 3, 1, 2, 2, 1}, 8)};
    for (const ConvCase& c : cases) {
        const auto outputs = static_cast<std::size_t>(c.geometry.outputs);
        std::vector<float> multipliers(outputs);
        std::vector<std::int32_t> bias(outputs);
        for (std::size_t i = 0; i < outputs; ++i) {
            multipliers[i] = 0.0005f * static_cast<float>(1 + i % 17);
            bias[i] = static_cast<std::int32_t>(i % 5) * 7001 - 9000;
        }
        QuantizedOutput rule;
        rule.rule = Requantization::Float;
        rule.floatMultipliers = multipliers.data();
        rule.bias = bias.data();
        rule.zeroPoint = -3;
        expectCodes(c, rule, isa, "int8", failures);
        rule.low = 5;
        rule.high = 250;
        rule.zeroPoint = 7;
        expectCodes(c, rule, isa, "uint8", failures);
        rule.bias = nullptr;
        std::fill(multipliers.begin(), multipliers.end(), 1e9f);
        expectCodes(c, rule, isa, "far out of range", failures);
        std::fill(bias.begin(), bias.end(), std::numeric_limits<std::int32_t>::max() - 5);
        rule.bias = bias.data();
        std::fill(multipliers.begin(), multipliers.end(), 1e-7f);
        expectCodes(c, rule, isa, "biases that overflow", failures);
    }
}

/// The same on any geometry, weights and activations about their zero points.
void checkCodesOfBytes(Isa isa, Failures& failures)
{
    std::mt19937_64 random(23);
    for (int i = 0; i < 40; ++i) {
        const ConvAxis every{1 + i % 13, 3, 1, 1, 1, 1}; // tiles of every height
        ConvCase c = i < 13 ? plainCase(6, 40, 1, every, 8) : randomDense(random, 8);
        centre(c, 127 + i % 2);
        const auto outputs = static_cast<std::size_t>(c.geometry.outputs);
        std::vector<float> multipliers(outputs);
        std::vector<std::int32_t> bias(outputs);
        for (std::size_t n = 0; n < outputs; ++n) {
            multipliers[n] = 0.0003f * static_cast<float>(1 + random() % 97);
            bias[n] = static_cast<std::int32_t>(random() % 20001) - 10000;
        }
        QuantizedOutput rule;
        rule.rule = Requantization::Float;
        rule.floatMultipliers = multipliers.data();
        rule.bias = bias.data();
        rule.zeroPoint = static_cast<std::int32_t>(random() % 256) - 128;
        expectCodes(c, rule, isa, "bytes", failures);
    }
}

/// Extremes of activations and weights, everywhere.
void checkExtremes(Isa isa, Failures& failures)
{
    // Pixels of few codes in rows beyond a vector.
    for (const std::int64_t channels : {1, 2, 3, 4})
        expectExact(plainCase(channels, 5, 1, {68 + channels, 3, 1, 1, 1, 1}, 8), isa, failures);
    for (const std::int64_t groups : {std::int64_t{1}, std::int64_t{32}})
        for (const int code : {0, 255})
            for (const int activation : {-128, 127}) {
                ConvCase c = plainCase(32, 32, groups, {6, 3, 1, 1, 1, 1}, 8);
                std::fill(c.weights.codes.begin(), c.weights.codes.end(), static_cast<std::uint16_t>(code));
                std::fill(c.codes.begin(), c.codes.end(), static_cast<std::int8_t>(activation));
                for (std::size_t i = 0; i < c.weights.zero.size(); ++i)
                    c.weights.zero[i] = i % 2 == 0 ? 255 - code : 128;
                c.terms.zero = activation < 0 ? 127 : -128;
                expectExact(c, isa, failures);
            }
}

/// Tables of levels: code 0 stands for something, also where steps are padded.
void checkTables(Isa isa, Failures& failures)
{
    for (const std::int64_t channels : {3, 8}) {
        for (const std::int64_t groups : {std::int64_t{1}, channels}) {
            ConvCase c = plainCase(channels, 2 * channels, groups, {7, 3, 1, 1, 1, 0}, 4);
            c.weights.table = {-127, -90, -66, -50, -35, -23, -11, 1, 9, 19, 31, 44, 58, 76, 98, 127};
            expectExact(c, isa, failures);
        }
    }
}

/// What a code of each grid stands for, weights and activations, and the activation of every kind.
struct Grid
{
    const char* name;
    std::int32_t factor;
    std::int32_t zero; ///< of the weights
    float offset;      ///< of the weights
    std::int32_t inputZero;
    float inputOffset;
};

/// A padded convolution in real numbers: padding is 0 on every grid, whatever p = 0 stands for.
void expectReals(ConvCase c, const Grid& grid, Isa isa, Failures& failures)
{
    const auto outputs = static_cast<std::size_t>(c.geometry.outputs);
    c.factor = grid.factor;
    c.terms = {0.037f, grid.inputOffset, grid.inputZero, 0};
    c.weights.factor = grid.factor;
    std::fill(c.weights.zero.begin(), c.weights.zero.end(), grid.zero);
    if (grid.offset != 0)
        c.weights.offset.assign(outputs, grid.offset);
    std::vector<float> bias(outputs);
    for (std::size_t i = 0; i < outputs; ++i)
        bias[i] = 0.25f * static_cast<float>(i) - 1;
    std::vector<double> wanted(c.outputSize());
    std::vector<double> magnitude(c.outputSize());
    forProducts(c, [&](std::size_t at, std::size_t o, std::size_t k, std::size_t from) {
        const double weight = double{c.weights.scale[o]} * static_cast<double>(integerOf(c.weights, o, k))
                              + (c.weights.offset.empty() ? 0 : double{c.weights.offset[o]});
        const double value =
            double{c.terms.scale} * (c.factor * c.codes[from] - c.terms.zero) + double{c.terms.offset};
        wanted[at] += weight * value;
        magnitude[at] += std::abs(weight * value);
    });
    const PackedConv conv = packConv(c.weights, c.geometry, isa);
    std::vector<float> reals(wanted.size());
    ConvScratch scratch;
    convolve(conv, c.input(), {ConvReals{reals, {bias.data(), 0, 0}}, ImageLayout::Nchw}, scratch);
    const std::size_t positions = c.geometry.outputSize() / outputs;
    bool close = true;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double exact = wanted[i] + double{bias[i / positions % outputs]};
        // A handful of float32 roundings of terms no larger than a few times the sum of magnitudes.
        close =
            close && std::abs(double{reals[i]} - exact) <= 1e-6 * (4 * magnitude[i] + std::abs(exact) + 1);
    }
    failures.expect(close, std::string(grid.name) + ", " + nameOf(c) + ": close to the real numbers");
}

void checkGrids(Isa isa, Failures& failures)
{
    const std::vector<Grid> grids = {{"symmetric", 1, 8, 0, 0, 0},
                                     {"zero-point", 1, 5, 0, -77, 0},
                                     {"offset", 1, 0, -0.06f, -128, -1.7f},
                                     {"mid-rise", 2, 15, 0, -1, 0},
                                     {"offset of weights alone", 1, 0, 0.04f, 0, 0}};
    for (const Grid& grid : grids) {
        expectReals(plainCase(6, 9, 1, {8, 3, 1, 1, 1, 1}, 4), grid, isa, failures);
        expectReals(plainCase(6, 12, 6, {8, 3, 2, 1, 2, 1}, 4), grid, isa, failures);
    }
}

/// Reals written plane by plane are those of the epilogue, bit for bit: with and without biases, clamps, zero points of weights
/// and activations, and at sizes that fill no vector.
void checkPlanes(Isa isa, Failures& failures)
{
    const std::vector<ConvCase> cases = {
        plainCase(5, 37, 1, {19, 3, 1, 1, 1, 1}, 8),     plainCase(16, 32, 1, {24, 1, 1, 1, 0, 0}, 8),
        plainCase(3, 20, 1, {75, 3, 2, 1, 1, 0}, 8),     plainCase(6, 6, 2, {9, 3, 2, 1, 1, 0}, 4),
        plainCase(19, 38, 19, {17, 3, 1, 1, 1, 1}, 6),   plainCase(16, 16, 16, {40, 5, 1, 1, 2, 2}, 8),
        plainCase(700, 700, 700, {14, 3, 1, 1, 1, 1}, 8)};
    for (ConvCase c : cases) {
        const auto outputs = static_cast<std::size_t>(c.geometry.outputs);
        std::vector<float> bias(outputs);
        for (std::size_t i = 0; i < outputs; ++i) {
            bias[i] = 0.3f * static_cast<float>(i % 7) - 1;
            c.weights.scale[i] = 0.001f * static_cast<float>(1 + i % 5);
        }
        for (const FloatOutput& rule :
             {FloatOutput{}, FloatOutput{bias.data(), 0, 0}, FloatOutput{bias.data(), -0.5f, 1.25f}}) {
            c.terms.scale = 0.07f;
            c.terms.zero = rule.low < rule.high ? 0 : 33;
            if (rule.bias == nullptr)
                c.weights.zero.back() = 3;
            const PackedConv conv = packConv(c.weights, c.geometry, isa);
            ConvScratch scratch;
            std::vector<float> planes(c.outputSize(), -77);
            std::vector<float> pixels(c.outputSize());
            convolve(conv, c.input(), {ConvReals{planes, rule}, ImageLayout::Nchw}, scratch);
            convolve(conv, c.input(), {ConvReals{pixels, rule}, ImageLayout::Nhwc}, scratch);
            const std::vector<float> wanted =
                reordered(pixels, c.images, c.geometry.outputSize() / outputs, outputs);
            failures.expect(std::memcmp(planes.data(), wanted.data(), wanted.size() * sizeof(float)) == 0,
                            nameOf(c) + ": planes of reals are those of the epilogue");
        }
    }
}

/// Terms said for each image: the same as image by image.
void checkImageTerms(Isa isa, Failures& failures)
{
    for (const std::int64_t groups : {std::int64_t{1}, std::int64_t{16}}) {
        ConvCase c = plainCase(16, 16, groups, {7, 3, 1, 1, 1, 1}, 6);
        c.images = 2;
        c.codes.insert(c.codes.end(), c.codes.rbegin(), c.codes.rend());
        const std::vector<RowTerms> terms = {{0.5f, 0, -128, 0}, {0.25f, 0, 17, 0}};
        std::vector<std::int32_t> wanted;
        const PackedConv conv = packConv(c.weights, c.geometry, isa);
        for (std::size_t image = 0; image < 2; ++image) {
            ConvInput one = c.input();
            one.codes = one.codes.subspan(image * c.geometry.inputSize(), c.geometry.inputSize());
            one.images = 1;
            one.terms = {&terms[image], 1};
            const std::vector<std::int32_t> sums = sumsOf(conv, one, c.geometry.outputSize());
            wanted.insert(wanted.end(), sums.begin(), sums.end());
        }
        ConvInput both = c.input();
        both.terms = terms;
        failures.expect(sumsOf(conv, both, wanted.size()) == wanted,
                        nameOf(c) + " takes terms for each image");
    }
}

void checkThreads(Isa isa, Failures& failures)
{
    for (const std::int64_t groups : {std::int64_t{1}, std::int64_t{48}}) {
        const ConvCase c = plainCase(48, 96, groups, {40, 3, 1, 1, 1, 1}, 5);
        const PackedConv conv = packConv(c.weights, c.geometry, isa);
        std::vector<std::vector<std::int32_t>> sums;
        for (const int threads : {1, 2}) {
            const ThreadLimit limit(threads);
            sums.push_back(sumsOf(conv, c.input(), c.outputSize()));
        }
        failures.expect(sums[0] == sums[1], nameOf(c) + " is the same with one thread and with two");
    }
}

template <typename Call>
void expectError(const std::string& what, const Call& call, Failures& failures)
{
    bool refused = false;
    try {
        call();
    } catch (const Error&) {
        refused = true;
    }
    failures.expect(refused, what + " is refused");
}

void checkErrors(Isa isa, Failures& failures)
{
    const ConvCase good = plainCase(4, 4, 2, {6, 3, 1, 1, 1, 1}, 4);
    const auto refuse = [&](const std::string& what, const auto& change) {
        ConvCase bad = good;
        change(bad);
        expectError(
            what, [&] { packConv(bad.weights, bad.geometry, isa); }, failures);
    };
    refuse("a stride of 0", [](ConvCase& c) { c.geometry.y.stride = 0; });
    refuse("a negative stride", [](ConvCase& c) { c.geometry.x.stride = -1; });
    refuse("a dilation of 0", [](ConvCase& c) { c.geometry.x.dilation = 0; });
    refuse("negative padding", [](ConvCase& c) { c.geometry.x.padEnd = -1; });
    refuse("a kernel beyond the padded image", [](ConvCase& c) { c.geometry.x.dilation = 4; });
    refuse("groups that do not divide", [](ConvCase& c) { c.geometry.groups = 3; });
    refuse("no image", [](ConvCase& c) { c.geometry.y.input = 0; });
    refuse("an image of absurd size", [](ConvCase& c) { c.geometry.y.input = std::int64_t{1} << 39; });
    refuse("weights of another size", [](ConvCase& c) { c.geometry.outputs = 6; });
    refuse("weights of 9 bits", [](ConvCase& c) { c.weights.bits = 9; });
    const PackedConv conv = packConv(good.weights, good.geometry, isa);
    expectError(
        "room for fewer outputs", [&] { sumsOf(conv, good.input(), good.outputSize() - 1); }, failures);
    ConvInput input = good.input();
    input.codes = input.codes.first(input.codes.size() - 1);
    expectError(
        "an image that ends early", [&] { sumsOf(conv, input, good.outputSize()); }, failures);
}

/// Every split into blocks.
void checkTranspose(Isa isa, Failures& failures)
{
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 1},
                                        {16, 16},
                                        {17, 31},
                                        {64, 64},
                                        {65, 33},
                                        {128, 97},
                                        {48, 130},
                                        {200, 15},
                                        {70, 200}}) {
        std::vector<std::int8_t> from(rows * (columns + 3));
        for (std::size_t i = 0; i < from.size(); ++i)
            from[i] = static_cast<std::int8_t>(i * 7 + i / 251);
        std::vector<std::int8_t> to(columns * (rows + 5), 99);
        transpose(isa, from.data(), columns + 3, rows, columns, to.data(), rows + 5);
        bool same = true;
        for (std::size_t c = 0; c < columns; ++c)
            for (std::size_t r = 0; r < rows + 5; ++r)
                same = same && to[c * (rows + 5) + r] == (r < rows ? from[r * (columns + 3) + c] : 99);
        failures.expect(same,
                        std::to_string(rows) + " × " + std::to_string(columns) + " bytes are transposed");
    }
}

void checkAutoPad(Failures& failures)
{
    const ConvAxis odd{5, 4, 2, 1, 9, 9};
    const ConvAxis upper = withAutoPad(odd, AutoPad::SameUpper);
    const ConvAxis lower = withAutoPad(odd, AutoPad::SameLower);
    // 3 outputs from 0, 2 and 4: (3 - 1) · 2 + 4 - 5 = 3 elements of padding.
    failures.expect(upper.padBegin == 1 && upper.padEnd == 2 && upper.output() == 3,
                    "SAME_UPPER pads the end more");
    failures.expect(lower.padBegin == 2 && lower.padEnd == 1 && lower.output() == 3,
                    "SAME_LOWER pads the beginning");
    failures.expect(withAutoPad(odd, AutoPad::Valid).padded() == 5, "VALID pads nothing");
    ConvAxis huge = odd;
    huge.stride = std::numeric_limits<std::int64_t>::max();
    failures.expect(withAutoPad(huge, AutoPad::SameUpper).padEnd == 0,
                    "a stride beyond all sizes is left to validate()");
    failures.expect(withAutoPad(odd, AutoPad::NotSet) == odd, "NOTSET keeps what is said");
}

} // namespace

/// Direct and depthwise convolutions against term-by-term references.
void checkConv(Isa isa, Failures& failures)
{
    checkRandomGeometries(isa, failures);
    checkDepthwise(isa, failures);
    checkCodes(isa, failures);
    checkCodesOfBytes(isa, failures);
    checkExtremes(isa, failures);
    checkTables(isa, failures);
    checkGrids(isa, failures);
    checkPlanes(isa, failures);
    checkImageTerms(isa, failures);
    checkThreads(isa, failures);
    checkErrors(isa, failures);
    checkAutoPad(failures);
    checkTranspose(isa, failures);
}

} // namespace quantoscope::test
