// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/saturating/saturatingproduct.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>

namespace quantoscope::test {

namespace {

struct Outcome
{
    std::vector<std::int32_t> sums;
    Saturation saturation;
};

Outcome multiplied(const CodeMatrix& weights, const Activations& input, Isa isa)
{
    const std::vector<std::uint8_t> bytes(input.values.begin(), input.values.end());
    Outcome outcome;
    outcome.sums.resize(input.rows * weights.outputs);
    outcome.saturation =
        multiplySaturating(weights, {bytes, input.rows, input.depth, input.zero}, isa, outcome.sums);
    return outcome;
}

/// The exact sums, less what each pair loses.
Outcome reference(const CodeMatrix& weights, const Activations& input)
{
    Outcome outcome;
    const int shift = weights.table.empty() ? 1 << (weights.bits - 1) : 0;
    const auto byteOf = [&](std::size_t n, std::size_t k) {
        const std::uint16_t code = weights.codes[n * input.depth + k];
        return weights.table.empty() ? code - shift : weights.table[code];
    };
    const std::vector<std::int64_t> exact = referenceProduct(weights, input);
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const std::size_t m = i / weights.outputs;
        const std::size_t n = i % weights.outputs;
        std::int64_t sum = exact[i];
        for (std::size_t k = 0; k < input.depth; k += 2) {
            std::int64_t pair = 0;
            for (std::size_t j = k; j < std::min(k + 2, input.depth); ++j)
                pair += byteOf(n, j) * input.values[m * input.depth + j];
            const std::int64_t kept = std::clamp<std::int64_t>(pair, -32768, 32767);
            sum += weights.factor * (kept - pair);
            outcome.saturation.pairs += 1;
            outcome.saturation.saturated += kept != pair ? 1 : 0;
        }
        outcome.sums.push_back(static_cast<std::int32_t>(sum));
    }
    return outcome;
}

bool same(const Outcome& a, const Outcome& b)
{
    return a.sums == b.sums && a.saturation.pairs == b.saturation.pairs
           && a.saturation.saturated == b.saturation.saturated;
}

/// Unsigned bytes, about half of them at the upper end.
Activations bytes(std::size_t rows, std::size_t depth, std::uint64_t seed)
{
    Activations input = randomActivations(rows, depth, 9, seed);
    for (std::int16_t& value : input.values)
        value = value < 0 ? std::int16_t{255} : static_cast<std::int16_t>(value & 255);
    for (std::size_t m = 0; m < rows; ++m)
        input.zero[m] = static_cast<std::int32_t>(m * 31 % 256);
    return input;
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

void checkByHand(Isa isa, Failures& failures)
{
    CodeMatrix weights = randomWeights(1, 5, 8, 1);
    weights.codes = {255, 255, 0, 0, 255}; // 127, 127, -128, -128, 127
    Activations input = bytes(1, 5, 2);
    input.values = {255, 255, 255, 255, 255};
    input.zero = {0};
    const Outcome outcome = multiplied(weights, input, isa);
    failures.expect(outcome.sums[0] == 32767 - 32768 + 255 * 127 && outcome.saturation.saturated == 2
                        && outcome.saturation.pairs == 3,
                    "two of three pairs saturate, one at each end");
    // 32,767 = 255 · 127 + 191 · 2 is reached without saturation.
    weights.codes = {255, 130, 128, 128, 128};
    input.values = {255, 191, 0, 0, 0};
    const Outcome edge = multiplied(weights, input, isa);
    failures.expect(edge.sums[0] == 32767 && edge.saturation.saturated == 0, "a pair that just fits");
}

} // namespace

void checkSaturating(Isa isa, Failures& failures)
{
    checkByHand(isa, failures);
    for (const std::size_t rows : {0UL, 1UL, 3UL})
        for (const std::size_t depth : {0UL, 1UL, 2UL, 31UL, 32UL, 33UL, 131UL})
            for (const int bits : {1, 4, 7, 8}) {
                CodeMatrix weights = randomWeights(7, depth, bits, 3);
                weights.factor = 1 + bits % 2;
                const Activations input = bytes(rows, depth, 4);
                const Outcome outcome = multiplied(weights, input, isa);
                const std::string what = std::to_string(bits) + " bits, " + std::to_string(rows) + " × "
                                         + std::to_string(depth) + " × 7";
                failures.expect(same(outcome, reference(weights, input)), what);
                failures.expect(bits == 8 || outcome.saturation.saturated == 0,
                                what + ": no pair of at most 7 bits saturates");
            }
    CodeMatrix table = randomWeights(5, 64, 3, 5);
    table.table = {-128, -100, -50, 0, 1, 50, 100, 127};
    table.zero.assign(5, 0);
    const Activations input = bytes(4, 64, 6);
    const Outcome outcome = multiplied(table, input, isa);
    failures.expect(same(outcome, reference(table, input)) && outcome.saturation.saturated > 0,
                    "a table of bytes");
    const ThreadLimit one(1);
    failures.expect(same(outcome, multiplied(table, input, isa)), "the same on one thread");
    failures.expect(isRefused([&] { multiplied(randomWeights(5, 64, 9, 7), input, isa); }), "9 bits");
    failures.expect(isRefused([&] { multiplied(randomWeights(5, 64, 8, 7, 16, true), input, isa); }),
                    "groups");
    failures.expect(isRefused([&] { multiplied(randomWeights(5, 63, 8, 7), input, isa); }), "another depth");
}

} // namespace quantoscope::test
