// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/product/intproduct.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>

namespace quantoscope::test {

namespace {

PackedActivations packed(const Activations& input, const Depth& depth, Isa isa)
{
    std::vector<std::int8_t> values(input.values.begin(), input.values.end());
    std::vector<RowTerms> terms(input.rows);
    for (std::size_t row = 0; row < input.rows; ++row)
        terms[row].zero = input.zero[row];
    PackedActivations result;
    packActivations(values.data(), terms, depth, isa, result);
    result.factor = input.factor;
    return result;
}

using Integers = std::vector<std::int64_t>;

Integers product(const CodeMatrix& weights, const Activations& input, Isa isa)
{
    const PackedWeights packedWeights = packWeights(weights, isa);
    std::vector<std::int32_t> out(input.rows * weights.outputs, -1);
    multiplyInt32(packedWeights, packed(input, weights.depth, isa), out.data());
    return {out.begin(), out.end()};
}

/// Different zeros everywhere, on both sides.
void spreadZeros(CodeMatrix& weights, Activations& input)
{
    for (std::size_t i = 0; i < weights.zero.size(); ++i)
        weights.zero[i] = static_cast<std::int32_t>(i * 7 % (std::size_t{1} << weights.bits));
    for (std::size_t i = 0; i < input.zero.size(); ++i)
        input.zero[i] = static_cast<std::int32_t>(i * 37 % 256) - 128;
}

std::string nameOfCase(const CodeMatrix& weights, const Activations& input)
{
    return std::to_string(weights.bits) + " bits, " + std::to_string(input.rows) + "×"
           + std::to_string(weights.outputs) + "×" + std::to_string(input.depth) + ", runs of "
           + std::to_string(weights.depth.run);
}

void checkShape(Isa isa, int bits, std::size_t rows, std::size_t outputs, std::size_t depth, std::size_t run,
                Failures& failures)
{
    CodeMatrix weights = randomWeights(outputs, depth, bits, depth * 31 + outputs, run);
    Activations input = randomActivations(rows, depth, 8, rows + depth);
    failures.expect(product(weights, input, isa) == referenceProduct(weights, input),
                    nameOfCase(weights, input) + ", symmetric");
    spreadZeros(weights, input);
    failures.expect(product(weights, input, isa) == referenceProduct(weights, input),
                    nameOfCase(weights, input) + ", zero points");
    weights.factor = 2;
    input.factor = 2;
    failures.expect(product(weights, input, isa) == referenceProduct(weights, input),
                    nameOfCase(weights, input) + ", odd integers");
}

void checkShapes(Isa isa, Failures& failures)
{
    const auto columns = static_cast<std::size_t>(tileKernel(isa).columns);
    for (int bits = 1; bits <= 8; ++bits) {
        for (const std::size_t depth : {0, 1, 3, 4, 5, 31, 64, 67, 130})
            for (const std::size_t outputs : {std::size_t{1}, columns - 1, columns + 1, 2 * columns})
                for (const std::size_t rows : {1, 5})
                    checkShape(isa, bits, rows, outputs, depth, 0, failures);
        for (std::size_t rows = 0; rows <= 25; ++rows)
            checkShape(isa, bits, rows, columns + 3, 37, rows % 3 * 8, failures);
        checkShape(isa, bits, 2, 0, 16, 0, failures);
        checkShape(isa, bits, 2, 67, 521, 32, failures);
        checkShape(isa, bits, 7, 35, 1103, 0, failures);
    }
}

void checkTables(Isa isa, Failures& failures)
{
    for (int bits = 1; bits <= 8; ++bits) {
        CodeMatrix weights = randomWeights(37, 75, bits, 5);
        weights.table.resize(std::size_t{1} << bits);
        for (std::size_t i = 0; i < weights.table.size(); ++i)
            weights.table[i] = static_cast<std::int16_t>(i * 101 % 256) - 128;
        for (const std::size_t rows : {1, 4, 13}) {
            Activations input = randomActivations(rows, 75, 8, 9, -3);
            failures.expect(product(weights, input, isa) == referenceProduct(weights, input),
                            nameOfCase(weights, input) + ", by table");
        }
    }
}

/// All codes and activations at an end, as deep as int32 carries.
void checkExtremes(Isa isa, Failures& failures)
{
    for (const int bits : {1, 2, 5, 7, 8})
        for (const int code : {0, (1 << bits) - 1})
            for (const int value : {-128, 127})
                for (const std::size_t rows : {1, 4}) {
                    CodeMatrix weights = randomWeights(2, 65793, bits, 1);
                    std::fill(weights.codes.begin(), weights.codes.end(), static_cast<std::uint16_t>(code));
                    weights.zero = {0, (1 << bits) - 1};
                    Activations input = randomActivations(rows, 65793, 8, 1);
                    std::fill(input.values.begin(), input.values.end(), static_cast<std::int16_t>(value));
                    failures.expect(product(weights, input, isa) == referenceProduct(weights, input),
                                    nameOfCase(weights, input) + ", code " + std::to_string(code)
                                        + ", activation " + std::to_string(value));
                }
}

template <typename Call>
bool refuses(const Call& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code() == ErrorCode::InvalidArgument;
    }
    return false;
}

void checkRefusals(Isa isa, Failures& failures)
{
    CodeMatrix deep = randomWeights(1, 65794, 8, 1);
    deep.zero = {0};
    const Activations input = randomActivations(1, 65794, 8, 1);
    failures.expect(refuses([&] { product(deep, input, isa); }), "a depth beyond int32 is refused");
    deep.zero = {128};
    failures.expect(product(deep, input, isa) == referenceProduct(deep, input),
                    "smaller integers may be deeper");
    const CodeMatrix weights = randomWeights(3, 10, 4, 1);
    failures.expect(refuses([&] {
                        std::vector<std::int32_t> out(3);
                        multiplyInt32(packWeights(weights, isa),
                                      packed(randomActivations(1, 11, 8, 1), {11, 11}, isa), out.data());
                    }),
                    "different depths are refused");
    failures.expect(refuses([&] { packWeights(randomWeights(3, 64, 4, 1, 32, true), isa); }),
                    "groups with scales of their own are refused");
}

/// Sums without terms, floats, and one thread against two.
void checkOutputs(Isa isa, Failures& failures)
{
    for (const std::size_t rows : {1, 40}) {
        CodeMatrix weights = randomWeights(333, 300, 3, 17);
        const Activations input = randomActivations(rows, 300, 8, 18, 5);
        const PackedWeights packedWeights = packWeights(weights, isa);
        const PackedActivations activations = packed(input, weights.depth, isa);
        std::vector<float> first(rows * 333);
        std::vector<float> second(rows * 333);
        multiplyFloat(packedWeights, activations, {}, first.data());
        std::vector<std::int32_t> sums(rows * 333);
        {
            const ThreadLimit one(1);
            multiplyFloat(packedWeights, activations, {}, second.data());
            multiplySums(packedWeights, activations, sums.data());
        }
        failures.expect(first == second, "one thread and several agree");
        Activations plain = input;
        plain.zero.assign(rows, 0);
        weights.zero.assign(weights.outputs, 0);
        const Integers expected = referenceProduct(weights, plain);
        failures.expect(std::equal(sums.begin(), sums.end(), expected.begin(), expected.end()),
                        "sums without zero points");
    }
}

void checkLast(Isa isa, Failures& failures)
{
    CodeMatrix weights = randomWeights(45, 64, 8, 17);
    const Activations input = randomActivations(14, 64, 8, 18);
    const PackedWeights packedWeights = packWeights(weights, isa);
    const PackedActivations activations = packed(input, weights.depth, isa);
    std::vector<std::int32_t> bias(45);
    std::vector<float> factors(45, 1.0f);
    for (std::size_t i = 0; i < 45; ++i)
        bias[i] = static_cast<std::int32_t>(i) - 20;
    QuantizedOutput output;
    output.rule = Requantization::Float;
    output.bias = bias.data();
    output.floatMultipliers = factors.data();
    std::vector<std::int8_t> out(14 * 45);
    multiplyInt8(packedWeights, activations, output, out.data());
    const Integers sums = referenceProduct(weights, input);
    bool same = true;
    for (std::size_t i = 0; i < out.size(); ++i)
        same = same && out[i] == std::clamp<std::int64_t>(sums[i] + bias[i % 45], -128, 127);
    failures.expect(same, "int8 with the terms of its own columns");
}

} // namespace

/// Whole products of packed weights and activations against the reference.
void checkProduct(Isa isa, Failures& failures)
{
    checkShapes(isa, failures);
    checkTables(isa, failures);
    checkExtremes(isa, failures);
    checkRefusals(isa, failures);
    checkOutputs(isa, failures);
    checkLast(isa, failures);
}

} // namespace quantoscope::test
