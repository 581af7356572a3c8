// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnor.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope::test {

namespace {

CodeMatrix binaryWeights(std::size_t outputs, std::size_t depth, std::uint64_t seed, std::size_t run = 0)
{
    CodeMatrix weights = randomWeights(outputs, depth, 1, seed, run);
    weights.factor = 2;
    weights.zero.assign(outputs, 1);
    return weights;
}

Activations signs(std::size_t rows, std::size_t depth, std::uint64_t seed)
{
    Activations input = randomActivations(rows, depth, 1, seed);
    for (std::int16_t& value : input.values)
        value = value < 0 ? -1 : 1;
    return input;
}

SignRows packed(const Activations& input, const Depth& depth)
{
    const std::vector<std::int8_t> bytes(input.values.begin(), input.values.end());
    SignRows rows;
    packSigns(bytes, input.rows, depth, rows);
    return rows;
}

std::string shape(std::size_t rows, std::size_t outputs, std::size_t depth, std::size_t run)
{
    return std::to_string(rows) + " × " + std::to_string(outputs) + " × " + std::to_string(depth)
           + " in runs of " + std::to_string(run);
}

bool equals(const CodeMatrix& weights, const Activations& input, Isa isa)
{
    const SignRows rows = packed(input, weights.depth);
    std::vector<std::int32_t> sums(input.rows * weights.outputs, 77);
    multiplyXnor(XnorWeights::pack(weights, isa), rows, sums);
    const std::vector<std::int64_t> expected = referenceProduct(weights, input);
    return std::equal(sums.begin(), sums.end(), expected.begin(), expected.end());
}

void checkShapes(Isa isa, Failures& failures)
{
    const auto columns = static_cast<std::size_t>(xnorKernel(isa).columns);
    const auto tileRows = static_cast<std::size_t>(xnorKernel(isa).rows);
    for (const std::size_t outputs :
         {std::size_t{0}, std::size_t{1}, columns - 1, columns, columns + 1, std::size_t{53}})
        for (const std::size_t rows :
             {std::size_t{0}, std::size_t{1}, tileRows - 1, tileRows, tileRows + 1, std::size_t{13}})
            for (const std::size_t depth : {0, 1, 63, 64, 65, 131, 640, 2111})
                for (const std::size_t run : {std::size_t{0}, std::size_t{37}}) {
                    const CodeMatrix weights = binaryWeights(outputs, depth, outputs + 7 * depth, run);
                    failures.expect(equals(weights, signs(rows, depth, rows + depth), isa),
                                    shape(rows, outputs, depth, run));
                }
}

void checkExtremes(Isa isa, Failures& failures)
{
    const std::size_t depth = 64 * 255 + 1; // bytes overflow at 256 bits
    CodeMatrix weights = binaryWeights(3, depth, 1);
    Activations input = signs(9, depth, 2);
    for (const auto code : {std::uint16_t{0}, std::uint16_t{1}})
        for (const auto sign : {std::int16_t{-1}, std::int16_t{1}}) {
            weights.codes.assign(weights.codes.size(), code);
            input.values.assign(input.values.size(), sign);
            failures.expect(equals(weights, input, isa), "all weights and all activations alike");
        }
}

void checkSigns(Failures& failures)
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> values = {0.0f, -0.0f, nan, -nan, infinity, -infinity, 1e-45f, -1e-45f};
    SignRows rows;
    packSigns(values, 1, {8, 8}, rows);
    failures.expect(rows.words.data()[0] == 0b01010011 && rows.sums[0] == 0, "zeros are +1, NaN is -1");
    values.resize(3 * 130);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = (i * 2654435761U >> 7 & 1) != 0 ? 0.25f : -0.5f;
    packSigns(values, 3, {130, 65}, rows);
    bool holds = true;
    for (std::size_t m = 0; m < 3; ++m)
        for (std::size_t k = 0; k < 130; ++k) {
            const std::uint64_t word = rows.row(m)[k / 65 * 2 + k % 65 / 64];
            holds = holds && (word >> (k % 65 % 64) & 1) == (values[m * 130 + k] >= 0 ? 1U : 0U);
        }
    failures.expect(holds, "runs of 65 signs begin at words");
}

/// A convolution's row that lies half on padding: words of 0 and the terms of xnorkernel.h.
void checkPaddedTap(Isa isa, Failures& failures)
{
    const std::size_t channels = 70;
    const std::size_t taps = 3;
    const CodeMatrix weights = binaryWeights(5, taps * channels, 3, channels);
    const XnorWeights panels = XnorWeights::pack(weights, isa);
    Activations input = signs(1, taps * channels, 4);
    const SignRows rows = packed(input, weights.depth);
    std::vector<std::uint64_t> buffer(2 + taps * 2); // two words of padding before
    std::copy_n(rows.row(0), taps * 2, buffer.begin() + 2);
    const std::ptrdiff_t segments[] = {0, 16, 32}; // the first tap reads the padding
    std::copy_n(rows.row(0) + 2, 4, buffer.begin() + 2);
    TileInput tile{static_cast<const std::byte*>(static_cast<const void*>(buffer.data())), 0, 8, segments, 2};
    std::vector<std::int32_t> acc(xnorMostColumns);
    panels.kernel().multiply(tile, panels.panel(0), 1, static_cast<int>(taps * channels), acc.data(),
                             acc.size());
    std::fill_n(input.values.begin(), channels, 0);
    const std::vector<std::int64_t> expected = referenceProduct(weights, input);
    const std::size_t width = std::min<std::size_t>(5, panels.kernel().columns);
    for (std::size_t n = 0; n < width; ++n)
        failures.expect(expected[n] == acc[n] + 2 * panels.ones(n, 0) - static_cast<int>(channels),
                        "a tap on padding, output " + std::to_string(n));
}

void checkFloatsOut(Isa isa, Failures& failures)
{
    CodeMatrix weights = binaryWeights(37, 200, 5);
    weights.factor = 1; // levels m - α and m + α
    weights.zero.assign(37, 0);
    weights.offset.assign(37, -0.004f);
    const Activations input = signs(11, 200, 6);
    SignRows rows = packed(input, weights.depth);
    for (std::size_t m = 0; m < 11; ++m)
        rows.scales.push_back(0.5f + 0.1f * static_cast<float>(m));
    const std::vector<float> bias(37, 0.75f);
    std::vector<float> out(11 * 37);
    multiplyXnor(XnorWeights::pack(weights, isa), rows, FloatOutput{bias.data(), 0, 0}, out);
    bool holds = true;
    for (std::size_t m = 0; m < 11; ++m)
        for (std::size_t n = 0; n < 37; ++n) {
            double y = 0.75;
            for (std::size_t k = 0; k < 200; ++k)
                y += (double{weights.scale[n]} * weights.codes[n * 200 + k] + weights.offset[n])
                     * input.values[m * 200 + k] * rows.scales[m];
            // Five roundings of terms below 200 · 0.02 · 1.6.
            holds = holds && std::abs(y - out[m * 37 + n]) < 5 * 6.4 * 0x1p-24;
        }
    failures.expect(holds, "levels about a mean, scales of rows, bias");
}

void checkInt8Out(Isa isa, Failures& failures)
{
    const CodeMatrix weights = binaryWeights(29, 90, 7);
    const Activations input = signs(10, 90, 8);
    const std::vector<FixedPoint> halves(29, FixedPoint{1 << 30, 0});
    std::vector<std::int32_t> bias(29);
    for (std::size_t n = 0; n < 29; ++n)
        bias[n] = static_cast<std::int32_t>(n) - 10;
    QuantizedOutput output;
    output.bias = bias.data();
    output.multipliers = halves.data();
    output.low = -9;
    output.high = 11;
    std::vector<std::int8_t> out(10 * 29);
    multiplyXnor(XnorWeights::pack(weights, isa), packed(input, weights.depth), output, out);
    const std::vector<std::int64_t> sums = referenceProduct(weights, input);
    bool holds = true;
    for (std::size_t i = 0; i < out.size(); ++i)
        holds = holds && out[i] == std::clamp<std::int64_t>((sums[i] + bias[i % 29] + 1) >> 1, -9, 11);
    failures.expect(holds, "half of each sum as int8");
}

void checkThreadsAndErrors(Isa isa, Failures& failures)
{
    const CodeMatrix weights = binaryWeights(1000, 700, 8);
    const XnorWeights panels = XnorWeights::pack(weights, isa);
    const SignRows rows = packed(signs(600, 700, 9), weights.depth);
    std::vector<std::int32_t> many(600000);
    multiplyXnor(panels, rows, many);
    const ThreadLimit one(1);
    std::vector<std::int32_t> single(600000);
    multiplyXnor(panels, rows, single);
    failures.expect(many == single, "one thread and several agree");
    bool refused = false;
    try {
        multiplyXnor(panels, packed(signs(1, 699, 1), {699, 699}), std::span(single).first(1000));
    } catch (const Error& error) {
        refused = error.code() == ErrorCode::InvalidArgument;
    }
    failures.expect(refused, "another depth is refused");
}

} // namespace

void checkXnor(Isa isa, Failures& failures)
{
    checkShapes(isa, failures);
    checkExtremes(isa, failures);
    checkSigns(failures);
    checkPaddedTap(isa, failures);
    checkFloatsOut(isa, failures);
    checkInt8Out(isa, failures);
    checkThreadsAndErrors(isa, failures);
}

} // namespace quantoscope::test
