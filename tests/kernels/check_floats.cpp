// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/floatproduct.h"
#include "core/kernels/floats/floattile.h"
#include "core/kernels/floats/halves.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace quantoscope::test {

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

using WeightAt = std::function<float(std::size_t n, std::size_t k)>;

bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Every weight as the panels decode it.
bool decodesTo(const FloatPanels& panels, Isa isa, const WeightAt& expected)
{
    AlignedBuffer<std::uint8_t> bytes(FloatPanels::chunkSteps * floatColumns);
    AlignedBuffer<float> out(FloatPanels::chunkSteps * floatColumns);
    for (std::size_t p = 0; p < panels.panels(); ++p)
        for (std::size_t begin = 0; begin < panels.depth(); begin += FloatPanels::chunkSteps) {
            const std::size_t steps = std::min(FloatPanels::chunkSteps, panels.depth() - begin);
            const float* decoded = panels.decode(p, begin, steps, isa, bytes.data(), out.data());
            for (std::size_t k = 0; k < steps; ++k)
                for (std::size_t n = p * floatColumns; n < std::min(panels.outputs(), (p + 1) * floatColumns);
                     ++n)
                    if (!same(decoded[k * floatColumns + n % floatColumns], expected(n, begin + k)))
                        return false;
        }
    return true;
}

std::size_t setOf(const CodeMatrix& weights, std::size_t n, std::size_t k)
{
    return n * weights.setsPerOutput() + (weights.grouped ? k / weights.depth.run : 0);
}

float scaled(const CodeMatrix& weights, std::size_t n, std::size_t k, float e)
{
    const std::size_t set = setOf(weights, n, k);
    const float value = weights.scale[set] * e;
    return weights.offset.empty() ? value : value + weights.offset[set];
}

CodeMatrix variant(int bits, std::size_t outputs, std::size_t depth, int kind)
{
    CodeMatrix weights = randomWeights(outputs, depth, bits, static_cast<std::uint64_t>(bits + kind),
                                       kind % 2 == 0 ? 0 : 37, kind % 2 != 0);
    for (std::size_t i = 0; i < weights.zero.size(); ++i)
        weights.zero[i] += static_cast<std::int32_t>(i % 3);
    if (kind >= 2) {
        weights.factor = 2;
        for (std::size_t i = 0; i < weights.zero.size(); ++i)
            weights.offset.push_back(-0.01f * static_cast<float>(i % 7));
    }
    return weights;
}

void checkDecoding(Isa isa, Failures& failures)
{
    for (const int bits : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16})
        for (int kind = 0; kind < 4; ++kind) {
            const CodeMatrix weights = variant(bits, 67, 301, kind);
            const auto name = std::to_string(bits) + " bits, kind " + std::to_string(kind);
            failures.expect(decodesTo(FloatPanels::fromCodes(weights), isa,
                                      [&](std::size_t n, std::size_t k) {
                                          return scaled(weights, n, k,
                                                        static_cast<float>(integerOf(weights, n, k)));
                                      }),
                            "a grid of " + name);
            std::vector<float> levels(std::size_t{1} << bits);
            for (std::size_t i = 0; i < levels.size(); ++i)
                levels[i] = static_cast<float>(i * i % 1013) * 0.37f - 20;
            levels.front() = -infinity;
            levels.back() = nan;
            failures.expect(decodesTo(FloatPanels::fromLevels(weights, levels), isa,
                                      [&](std::size_t n, std::size_t k) {
                                          return scaled(weights, n, k, levels[weights.codes[n * 301 + k]]);
                                      }),
                            "levels of " + name);
        }
    CodeMatrix far = variant(8, 67, 50, 0);
    far.zero[3] = -7;
    far.zero[40] = (1 << 23) + 9;
    failures.expect(decodesTo(FloatPanels::fromCodes(far), isa,
                              [&](std::size_t n, std::size_t k) {
                                  return scaled(far, n, k, static_cast<float>(integerOf(far, n, k)));
                              }),
                    "zeros far from the codes");
    CodeMatrix weights = randomWeights(5, 64, 4, 1);
    for (int i = 0; i < 16; ++i)
        weights.table.push_back(static_cast<std::int16_t>(i * i - 100));
    failures.expect(decodesTo(FloatPanels::fromCodes(weights), isa,
                              [&](std::size_t n, std::size_t k) {
                                  return scaled(weights, n, k, static_cast<float>(integerOf(weights, n, k)));
                              }),
                    "a table of integers");
}

/// Every pattern of 16 bits, by the formats' definitions.
double valueOfPattern(unsigned pattern, int exponentBits)
{
    const int mantissaBits = 15 - exponentBits;
    const int bias = (1 << (exponentBits - 1)) - 1;
    const int exponent = static_cast<int>(pattern >> mantissaBits) & ((1 << exponentBits) - 1);
    const int mantissa = static_cast<int>(pattern) & ((1 << mantissaBits) - 1);
    const double sign = (pattern & 0x8000U) != 0 ? -1 : 1;
    if (exponent == (1 << exponentBits) - 1)
        return mantissa != 0 ? nan : sign * infinity;
    if (exponent == 0)
        return sign * std::ldexp(mantissa, 1 - bias - mantissaBits);
    return sign * std::ldexp(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
}

void checkHalves(Isa isa, Failures& failures)
{
    for (const bool half : {true, false}) {
        std::vector<float> values(65536);
        for (unsigned i = 0; i < 65536; ++i)
            values[i] = static_cast<float>(valueOfPattern(i, half ? 5 : 8));
        const FloatPanels panels =
            FloatPanels::fromValues(values, 128, 512, half ? FloatType::Float16 : FloatType::BFloat16);
        failures.expect(
            decodesTo(panels, isa, [&](std::size_t n, std::size_t k) { return values[n * 512 + k]; }),
            half ? "every pattern of binary16" : "every pattern of bfloat16");
        failures.expect(panels.sizeBytes() == 65536 * 2, "two bytes a weight");
    }
    failures.expect(halfOfFloat(65519.99f) == 0x7bff && halfOfFloat(65520.0f) == 0x7c00
                        && halfOfFloat(0x1.002p0f) == 0x3c00 && halfOfFloat(0x1.006p0f) == 0x3c02
                        && halfOfFloat(0x1p-25f) == 0 && halfOfFloat(-0x1.8p-24f) == 0x8002
                        && brainOfFloat(0x1.01p0f) == 0x3f80 && brainOfFloat(0x1.03p0f) == 0x3f82,
                    "halves round to even");
}

std::vector<float> randomInput(std::size_t size, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::vector<float> values(size);
    for (float& value : values)
        value = static_cast<float>(random() >> 40) * 0x1p-23f - 1;
    return values;
}

std::vector<float> product(const FloatPanels& panels, const std::vector<float>& input, std::size_t rows,
                           Isa isa, const FloatOutput& output = {})
{
    std::vector<float> out(rows * panels.outputs(), 77);
    multiplyFloat(panels, input, rows, output, out, isa);
    return out;
}

bool closeTo(const std::vector<float>& out, const std::vector<float>& input, std::size_t rows,
             std::size_t outputs, std::size_t depth, const WeightAt& weight)
{
    for (std::size_t m = 0; m < rows; ++m)
        for (std::size_t n = 0; n < outputs; ++n) {
            double sum = 0;
            double magnitude = 0;
            for (std::size_t k = 0; k < depth; ++k) {
                const double term = double{input[m * depth + k]} * weight(n, k);
                sum += term;
                magnitude += std::abs(term);
            }
            if (!(std::abs(out[m * outputs + n] - sum) <= static_cast<double>(depth) * 0x1p-23 * magnitude))
                return false;
        }
    return true;
}

void checkShapes(Isa isa, Failures& failures)
{
    const auto tileRows = static_cast<std::size_t>(floatTileKernel(isa).rows);
    for (const std::size_t outputs : {0, 1, 63, 64, 65})
        for (const std::size_t rows :
             {std::size_t{0}, std::size_t{1}, std::size_t{2}, tileRows, tileRows + 1})
            for (const std::size_t depth : {0, 1, 7, 64, 131, 257}) {
                const std::vector<float> values = randomInput(outputs * depth, outputs + depth);
                const std::vector<float> input = randomInput(rows * depth, rows + 1);
                const auto name =
                    std::to_string(rows) + " × " + std::to_string(outputs) + " × " + std::to_string(depth);
                const FloatPanels plain = FloatPanels::fromValues(values, outputs, depth, FloatType::Float32);
                failures.expect(closeTo(product(plain, input, rows, isa), input, rows, outputs, depth,
                                        [&](std::size_t n, std::size_t k) { return values[n * depth + k]; }),
                                "floats " + name);
                const CodeMatrix weights = variant(3, outputs, depth, 3);
                failures.expect(closeTo(product(FloatPanels::fromCodes(weights), input, rows, isa), input,
                                        rows, outputs, depth,
                                        [&](std::size_t n, std::size_t k) {
                                            return scaled(weights, n, k,
                                                          static_cast<float>(integerOf(weights, n, k)));
                                        }),
                                "codes " + name);
            }
}

/// One row alone goes another way than several: the same bits, for every coding.
void checkRows(Isa isa, Failures& failures)
{
    std::vector<FloatPanels> all;
    for (const int bits : {1, 4, 5, 8, 11}) {
        all.push_back(FloatPanels::fromCodes(variant(bits, 70, 300, 1)));
        all.push_back(
            FloatPanels::fromLevels(variant(bits, 70, 300, 2), randomInput(std::size_t{1} << bits, 4)));
    }
    for (const FloatType type : {FloatType::Float32, FloatType::Float16, FloatType::BFloat16})
        all.push_back(FloatPanels::fromValues(randomInput(70 * 300, 5), 70, 300, type));
    const std::vector<float> input = randomInput(5 * 300, 6);
    const std::vector<float> bias = randomInput(70, 7);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const FloatOutput output{bias.data(), -3, 3};
        const std::vector<float> together = product(all[i], input, 5, isa, output);
        bool holds = std::all_of(together.begin(), together.end(), [](float y) { return y >= -3 && y <= 3; });
        for (std::size_t m = 0; m < 5; ++m) {
            const std::vector<float> row(input.begin() + static_cast<std::ptrdiff_t>(m * 300),
                                         input.begin() + static_cast<std::ptrdiff_t>((m + 1) * 300));
            const std::vector<float> alone = product(all[i], row, 1, isa, output);
            holds = holds
                    && std::equal(alone.begin(), alone.end(),
                                  together.begin() + static_cast<std::ptrdiff_t>(m * 70));
        }
        failures.expect(holds, "rows alone and together agree, bias and clamp, case " + std::to_string(i));
    }
}

void checkSpecialValues(Isa isa, Failures& failures)
{
    std::vector<float> values = {1, 2, infinity, 4, nan, 6};
    const FloatPanels panels = FloatPanels::fromValues(values, 3, 2, FloatType::Float16);
    std::vector<float> y = product(panels, {1, 0.5f, 1, 0}, 2, isa);
    failures.expect(y[0] == 2 && y[1] == infinity && std::isnan(y[2]) && y[4] == infinity,
                    "weights not finite");
    y = product(panels, {nan, 1}, 1, isa, FloatOutput{nullptr, -1, 1});
    failures.expect(std::isnan(y[0]) && std::isnan(y[1]), "NaN goes through the clamp");
}

void checkThreadsAndErrors(Isa isa, Failures& failures)
{
    const FloatPanels panels = FloatPanels::fromCodes(variant(4, 200, 300, 1));
    const std::vector<float> input = randomInput(400 * 300, 8);
    const std::vector<float> many = product(panels, input, 400, isa);
    const ThreadLimit one(1);
    failures.expect(many == product(panels, input, 400, isa), "one thread and several agree");
    bool refused = false;
    try {
        product(panels, input, 399, isa);
    } catch (const Error& error) {
        refused = error.code() == ErrorCode::InvalidArgument;
    }
    failures.expect(refused, "other sizes are refused");
}

} // namespace

void checkFloats(Isa isa, Failures& failures)
{
    checkDecoding(isa, failures);
    checkHalves(isa, failures);
    checkShapes(isa, failures);
    checkRows(isa, failures);
    checkSpecialValues(isa, failures);
    checkThreadsAndErrors(isa, failures);
}

} // namespace quantoscope::test
