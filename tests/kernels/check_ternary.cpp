// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/ternary.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>

namespace quantoscope::test {

namespace {

CodeMatrix ternaryWeights(std::size_t outputs, std::size_t depth, std::uint64_t seed)
{
    CodeMatrix weights = randomWeights(outputs, depth, 2, seed);
    for (std::uint16_t& code : weights.codes)
        code %= 3;
    weights.zero.assign(outputs, 1);
    return weights;
}

bool equals(const CodeMatrix& weights, const Activations& input, Isa isa)
{
    const std::vector<std::int8_t> values(input.values.begin(), input.values.end());
    std::vector<std::int32_t> sums(input.rows * weights.outputs, 77);
    multiplyTernary(TernaryWeights::pack(weights, isa), {input.rows, values, {}, 1}, sums);
    const std::vector<std::int64_t> expected = referenceProduct(weights, input);
    return std::equal(sums.begin(), sums.end(), expected.begin(), expected.end());
}

void checkShapes(Isa isa, Failures& failures)
{
    const auto columns = static_cast<std::size_t>(ternaryKernel(isa).columns);
    for (const std::size_t outputs :
         {std::size_t{0}, std::size_t{1}, std::size_t{7}, columns - 1, columns, columns + 1})
        for (const std::size_t rows : {0, 1, 2, 3, 4, 5, 7})
            for (const std::size_t depth : {0, 1, 3, 254, 255, 256, 601})
                failures.expect(equals(ternaryWeights(outputs, depth, outputs + 3 * depth),
                                       randomActivations(rows, depth, 8, rows + depth), isa),
                                std::to_string(rows) + " × " + std::to_string(outputs) + " × "
                                    + std::to_string(depth));
}

void checkExtremes(Isa isa, Failures& failures)
{
    CodeMatrix weights = ternaryWeights(5, 1021, 1);
    Activations input = randomActivations(5, 1021, 8, 2);
    for (const auto code : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{2}})
        for (const auto value : {std::int16_t{-128}, std::int16_t{127}}) {
            weights.codes.assign(weights.codes.size(), code);
            input.values.assign(input.values.size(), value);
            failures.expect(equals(weights, input, isa), "all weights and all activations alike");
        }
}

void checkOutputs(Isa isa, Failures& failures)
{
    CodeMatrix weights = ternaryWeights(41, 77, 3);
    Activations input = randomActivations(6, 77, 8, 4, 9);
    const std::vector<std::int8_t> values(input.values.begin(), input.values.end());
    std::vector<RowTerms> terms(6);
    for (std::size_t m = 0; m < 6; ++m) {
        terms[m].scale = 0.25f;
        terms[m].zero = input.zero[m];
        for (std::size_t k = 0; k < 77; ++k)
            terms[m].sum += values[m * 77 + k];
    }
    const TernaryWeights panels = TernaryWeights::pack(weights, isa);
    const std::vector<std::int64_t> sums = referenceProduct(weights, input);
    const std::vector<float> bias(41, 2.5f);
    std::vector<float> floats(sums.size());
    multiplyTernary(panels, {6, values, terms, 1}, FloatOutput{bias.data(), 0, 0}, floats);
    std::vector<std::int8_t> bytes(sums.size());
    const std::vector<float> multipliers(41, 0.125f);
    QuantizedOutput output;
    output.rule = Requantization::Float;
    output.floatMultipliers = multipliers.data();
    multiplyTernary(panels, {6, values, terms, 1}, output, bytes);
    bool holds = true;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const auto y = static_cast<double>(sums[i]);
        holds = holds && floats[i] == static_cast<float>(y) * (0.25f * weights.scale[i % 41]) + 2.5f;
        holds = holds && bytes[i] == std::clamp(std::nearbyint(y * 0.125), -128.0, 127.0);
    }
    failures.expect(holds, "zero points and scales of rows, bias, int8");
}

void checkThreadsAndErrors(Isa isa, Failures& failures)
{
    CodeMatrix weights = ternaryWeights(300, 500, 5);
    const Activations input = randomActivations(40, 500, 8, 6);
    const std::vector<std::int8_t> values(input.values.begin(), input.values.end());
    const TernaryWeights panels = TernaryWeights::pack(weights, isa);
    std::vector<std::int32_t> many(12000);
    multiplyTernary(panels, {40, values, {}, 1}, many);
    const ThreadLimit one(1);
    std::vector<std::int32_t> single(12000);
    multiplyTernary(panels, {40, values, {}, 1}, single);
    failures.expect(many == single, "one thread and several agree");
    weights.codes[7] = 3;
    bool refused = false;
    try {
        TernaryWeights::pack(weights, isa);
    } catch (const Error& error) {
        refused = error.code() == ErrorCode::InvalidArgument;
    }
    failures.expect(refused, "a fourth code is refused");
}

} // namespace

void checkTernary(Isa isa, Failures& failures)
{
    checkShapes(isa, failures);
    checkExtremes(isa, failures);
    checkOutputs(isa, failures);
    checkThreadsAndErrors(isa, failures);
}

} // namespace quantoscope::test
