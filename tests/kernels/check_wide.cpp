// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/wideproduct.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quantoscope::test {

namespace {

WideActivations viewOf(const Activations& input, int bits, const std::vector<float>& scale = {},
                       const std::vector<float>& offset = {})
{
    return {input.values, input.rows, input.depth, bits, input.factor, input.zero, scale, offset};
}

std::vector<std::int64_t> product(const CodeMatrix& weights, const Activations& input, int bits, Isa isa)
{
    std::vector<std::int64_t> out(input.rows * weights.outputs, -1);
    multiplyWide(WideWeights(weights, isa), viewOf(input, bits), std::span(out));
    return out;
}

void expectProduct(const CodeMatrix& weights, const Activations& input, int bits, Isa isa,
                   const std::string& what, Failures& failures)
{
    failures.expect(product(weights, input, bits, isa) == referenceProduct(weights, input), what);
}

std::string shapeOf(std::size_t rows, std::size_t depth, std::size_t outputs)
{
    return std::to_string(rows) + " × " + std::to_string(depth) + " × " + std::to_string(outputs);
}

void checkShapes(Isa isa, Failures& failures)
{
    for (const std::size_t rows : {0UL, 1UL, 5UL, 6UL, 11UL, 12UL, 13UL})
        for (const std::size_t depth : {0UL, 1UL, 2UL, 7UL, 67UL})
            for (const std::size_t outputs : {0UL, 1UL, 31UL, 33UL}) {
                const std::string shape = shapeOf(rows, depth, outputs);
                for (const int bits : {10, 16})
                    expectProduct(randomWeights(outputs, depth, bits, 1),
                                  randomActivations(rows, depth, bits, 2), bits, isa,
                                  std::to_string(bits) + " bits, " + shape, failures);
            }
}

void checkWidths(Isa isa, Failures& failures)
{
    for (int weightBits = 1; weightBits <= 16; ++weightBits)
        for (const int bits : {8, 9, 11, 12, 13, 14, 15, 16}) {
            CodeMatrix weights = randomWeights(19, 301, weightBits, 3);
            weights.factor = 2;
            for (std::size_t n = 0; n < weights.outputs; ++n)
                weights.zero[n] = static_cast<std::int32_t>(n * 7) - 40;
            Activations input = randomActivations(7, 301, bits, 4, -123);
            input.factor = 2;
            expectProduct(weights, input, bits, isa,
                          "weights of " + std::to_string(weightBits) + " × activations of "
                              + std::to_string(bits) + " bits, odd integers with zeros",
                          failures);
        }
    CodeMatrix table = randomWeights(19, 65, 4, 5);
    table.zero.assign(table.outputs, 0);
    for (std::int16_t i = 0; i < 16; ++i)
        table.table.push_back(static_cast<std::int16_t>(i * i * 141 - 5000));
    expectProduct(table, randomActivations(7, 65, 16, 6), 16, isa, "a table of levels", failures);
}

/// Products of equal operands: K times one product is known without a reference.
void checkExtremes(Isa isa, Failures& failures)
{
    constexpr std::size_t depth = 100001;
    for (int bits = 9; bits <= 16; ++bits) {
        const auto top = static_cast<std::uint16_t>((1U << bits) - 1);
        const std::int16_t half = static_cast<std::int16_t>(top >> 1);
        for (const std::uint16_t code : {std::uint16_t{0}, top})
            for (const std::int16_t value : {static_cast<std::int16_t>(-half - 1), half}) {
                CodeMatrix weights = randomWeights(1, 0, bits, 7);
                weights.depth = {depth, depth};
                weights.codes.assign(depth, code);
                Activations input = randomActivations(2, 0, bits, 8);
                input.depth = depth;
                input.values.assign(2 * depth, value);
                const std::int64_t sum =
                    static_cast<std::int64_t>(depth) * value * (std::int64_t{code} - half - 1);
                failures.expect(product(weights, input, bits, isa) == std::vector<std::int64_t>{sum, sum},
                                "100,001 products of the codes " + std::to_string(code) + " and "
                                    + std::to_string(value));
            }
    }
}

/// WideFloatOutput's formula, term by term.
std::vector<float> referenceReals(const CodeMatrix& weights, const Activations& input,
                                  const std::vector<float>& scale, const std::vector<float>& offset,
                                  const std::vector<float>& bias)
{
    std::vector<float> out;
    const std::size_t sets = weights.setsPerOutput();
    const std::size_t run = weights.grouped ? weights.depth.run : weights.depth.depth;
    for (std::size_t m = 0; m < input.rows; ++m)
        for (std::size_t n = 0; n < weights.outputs; ++n) {
            double t = 0;
            double u = 0;
            double v = 0;
            for (std::size_t g = 0; g < sets; ++g) {
                std::int64_t product = 0;
                std::int64_t activations = 0;
                std::int64_t codes = 0;
                const std::size_t end = std::min(input.depth, (g + 1) * run);
                for (std::size_t k = g * run; k < end; ++k) {
                    const std::int64_t e = integerOf(weights, n, k);
                    const std::int64_t a =
                        std::int64_t{input.factor} * input.values[m * input.depth + k] - input.zero[m];
                    product += e * a;
                    activations += a;
                    codes += e;
                }
                const double s = weights.scale[n * sets + g];
                t += s * static_cast<double>(product);
                v += s * static_cast<double>(codes);
                u += double{weights.offset[n * sets + g]}
                     * (double{scale[m]} * static_cast<double>(activations)
                        + double{offset[m]} * static_cast<double>(end - g * run));
            }
            out.push_back(static_cast<float>(double{scale[m]} * t + u + double{offset[m]} * v + bias[n]));
        }
    return out;
}

bool sameBits(const std::vector<float>& a, const std::vector<float>& b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * 4) == 0);
}

void checkReals(Isa isa, Failures& failures)
{
    for (const std::size_t run : {0UL, 1UL, 31UL, 32UL})
        for (const int bits : {4, 12, 16}) {
            CodeMatrix weights = randomWeights(37, 97, bits, 9, run, run != 0);
            Activations input = randomActivations(14, 97, 16, 10, 77);
            for (std::size_t i = 0; i < weights.zero.size(); ++i) {
                weights.offset.push_back(0.25f - static_cast<float>(i % 9) * 0.03f);
                weights.zero[i] += static_cast<std::int32_t>(i % 5);
            }
            std::vector<float> scale(14);
            std::vector<float> offset(14);
            std::vector<float> bias(37);
            for (std::size_t i = 0; i < bias.size(); ++i)
                bias[i] = static_cast<float>(i) - 3.3f;
            for (std::size_t i = 0; i < scale.size(); ++i) {
                scale[i] = 0.01f + static_cast<float>(i) * 0.003f;
                offset[i] = static_cast<float>(i) * 0.1f - 0.7f;
            }
            const WideActivations view = viewOf(input, 16, scale, offset);
            std::vector<float> out(14 * 37);
            multiplyWide(WideWeights(weights, isa), view, WideFloatOutput{bias}, std::span(out));
            const std::string what =
                std::to_string(bits) + " bits, groups of " + std::to_string(run) + " as reals";
            failures.expect(sameBits(out, referenceReals(weights, input, scale, offset, bias)), what);
            if (run != 0)
                expectProduct(weights, input, 16, isa, what + ": their integers", failures);
            const ThreadLimit one(1);
            std::vector<float> alone(14 * 37);
            multiplyWide(WideWeights(weights, isa), view, WideFloatOutput{bias}, std::span(alone));
            failures.expect(sameBits(out, alone), what + ": the same on one thread");
        }
}

void checkQuantized(Isa isa, Failures& failures)
{
    const CodeMatrix weights = randomWeights(35, 50, 12, 11);
    const Activations input = randomActivations(13, 50, 12, 12, 5);
    const std::vector<double> multipliers(35, 1.0 / 4099);
    std::vector<std::int64_t> bias(35);
    for (std::size_t n = 0; n < bias.size(); ++n)
        bias[n] = static_cast<std::int64_t>(n) * 1001 - 17000;
    std::vector<std::int16_t> out(13 * 35);
    multiplyWide(WideWeights(weights, isa), viewOf(input, 12),
                 WideQuantizedOutput{multipliers, bias, 3, -900, 800}, std::span(out));
    const std::vector<std::int64_t> sums = referenceProduct(weights, input);
    bool same = true;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double scaled =
            std::nearbyint(multipliers[0] * static_cast<double>(sums[i] + bias[i % 35])) + 3;
        same = same && out[i] == static_cast<std::int16_t>(std::clamp(scaled, -900.0, 800.0));
    }
    failures.expect(same, "requantized to 16 bits");
}

template <typename Function>
bool isRefused(const Function& function)
{
    try {
        function();
    } catch (const Error& error) {
        return error.code() == ErrorCode::InvalidArgument;
    }
    return false;
}

void checkRefusals(Isa isa, Failures& failures)
{
    const CodeMatrix weights = randomWeights(3, 8, 12, 13);
    const Activations input = randomActivations(2, 8, 12, 14);
    failures.expect(isRefused([&] { product(weights, input, 8, isa); }), "values beyond their bits");
    failures.expect(isRefused([&] { product(weights, randomActivations(2, 7, 12, 15), 12, isa); }),
                    "another depth");
    std::vector<std::int64_t> small(5);
    failures.expect(
        isRefused([&] { multiplyWide(WideWeights(weights, isa), viewOf(input, 12), std::span(small)); }),
        "a result of another size");
    CodeMatrix far = weights;
    far.zero.assign(3, -2147483647 - 1);
    failures.expect(isRefused([&] { product(far, randomActivations(2, 8, 12, 16, 2147483647), 12, isa); }),
                    "zero points whose sums exceed 64 bits");
}

} // namespace

void checkWide(Isa isa, Failures& failures)
{
    failures.expect(wideTile(isa).isa == isa, "the wide tile of each instruction set is its own");
    failures.expect(pairsBeforeOverflow(signedRange(12), signedRange(12)) == 255
                        && pairsBeforeOverflow(signedRange(16), signedRange(16)) == 0,
                    "an int32 holds 255 pairs of 12 bits and none of 16");
    checkShapes(isa, failures);
    checkWidths(isa, failures);
    checkExtremes(isa, failures);
    checkReals(isa, failures);
    checkQuantized(isa, failures);
    checkRefusals(isa, failures);
}

} // namespace quantoscope::test
