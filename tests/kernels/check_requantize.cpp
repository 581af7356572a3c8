// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/output/requantize.h"
#include "core/support/error.h"
#include "tests/kernels/check.h"

#include <cmath>
#include <limits>
#include <random>

namespace quantoscope::test {

namespace {

constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

std::int32_t saturated(std::int64_t value)
{
    return value < lowest ? lowest : value > highest ? highest : static_cast<std::int32_t>(value);
}

/// x / 2^exponent, half away from zero.
std::int64_t dividedAway(std::int64_t x, int exponent)
{
    const std::int64_t magnitude = x < 0 ? -x : x;
    const std::int64_t half = exponent == 0 ? 0 : std::int64_t{1} << (exponent - 1);
    const std::int64_t quotient = (magnitude + half) >> exponent;
    return x < 0 ? -quotient : quotient;
}

/// The words of gemmlowp's definition: a nudge by sign, then a division that truncates.
std::int64_t doubleRounded(std::int64_t x, FixedPoint by)
{
    const std::int64_t shifted = by.shift > 0 ? saturated(x * (std::int64_t{1} << by.shift)) : x;
    const std::int64_t product = shifted * by.mantissa;
    const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
    return dividedAway((product + nudge) / (std::int64_t{1} << 31), by.shift < 0 ? -by.shift : 0);
}

/// floor(x·M + 1/2).
std::int64_t singleRounded(std::int64_t x, FixedPoint by)
{
    const std::int64_t unit = std::int64_t{1} << (31 - by.shift);
    const std::int64_t sum = x * by.mantissa + unit / 2;
    return saturated(sum / unit - (sum % unit < 0 ? 1 : 0));
}

template <typename Call>
bool throwsError(const Call& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code() == ErrorCode::InvalidArgument;
    }
    return false;
}

std::vector<FixedPoint> multipliers()
{
    std::vector<FixedPoint> all = {fixedPointOf(0), fixedPointOf(0.5), fixedPointOf(0.25), fixedPointOf(1),
                                   fixedPointOf(2), fixedPointOf(0.1), fixedPointOf(3.7)};
    std::mt19937 random(7);
    for (int shift = lowestShift; shift <= highestShift; ++shift) {
        all.push_back({1 << 30, shift});
        all.push_back({highest, shift});
        all.push_back({static_cast<std::int32_t>((1U << 30) + random() % (1U << 30)), shift});
    }
    return all;
}

/// Every int8, extremes, and numbers of every magnitude.
std::vector<std::int32_t> integers()
{
    std::vector<std::int32_t> all = {lowest, lowest + 1, highest, highest - 1, 1 << 30, -(1 << 30)};
    for (int x = -128; x < 128; ++x)
        all.push_back(x);
    std::mt19937 random(8);
    for (int bits = 8; bits <= 32; ++bits)
        for (int i = 0; i < 10; ++i)
            all.push_back(static_cast<std::int32_t>(random()) >> (32 - bits));
    return all;
}

void checkByHand(Failures& failures)
{
    const auto by = [](std::int32_t x, double multiplier, Requantization rule) {
        return requantize(x, fixedPointOf(multiplier), rule);
    };
    for (const Requantization rule : {Requantization::GemmlowpDouble, Requantization::Single}) {
        failures.expect(by(100, 0.5, rule) == 50 && by(-100, 0.5, rule) == -50, "half of 100");
        failures.expect(by(100, 3, rule) == 300 && by(-7, 1, rule) == -7, "multipliers of 1 and more");
        failures.expect(by(12345, 0, rule) == 0, "nothing");
    }
    failures.expect(by(highest, 2, Requantization::Single) == highest
                        && by(lowest, 2, Requantization::Single) == lowest,
                    "single saturates the result");
    failures.expect(by(highest, 2, Requantization::GemmlowpDouble) == 1 << 30
                        && by(lowest, 2, Requantization::GemmlowpDouble) == -(1 << 30),
                    "double saturates 4·x before it halves");
    failures.expect(by(3, 0.25, Requantization::Single) == 1 && by(2, 0.25, Requantization::Single) == 1
                        && by(-2, 0.25, Requantization::Single) == 0,
                    "single: 0.75, and the ties 0.5 and -0.5 up");
    failures.expect(by(2, 0.25, Requantization::GemmlowpDouble) == 1
                        && by(-2, 0.25, Requantization::GemmlowpDouble) == -1
                        && by(-6, 0.25, Requantization::GemmlowpDouble) == -2,
                    "double: the ties 0.5, -0.5 and -1.5 away from zero");
    // 5 · 0.09375 = 0.47: the high multiplication makes 5 · 0.75 = 3.75 → 4, the shift 4 / 8 = 0.5 → 1.
    failures.expect(by(5, 0.09375, Requantization::GemmlowpDouble) == 1
                        && by(5, 0.09375, Requantization::Single) == 0,
                    "5 · 0.09375 rounds twice to 1, once to 0");
    failures.expect(saturatingRoundingDoublingHighMultiply(lowest, lowest) == highest,
                    "the product of two smallest numbers saturates");
    failures.expect(saturatingRoundingDoublingHighMultiply(lowest, highest) == lowest + 1, "-1 · almost 1");
    failures.expect(roundingDivideByPowerOfTwo(lowest, 31) == -1 && roundingDivideByPowerOfTwo(5, 0) == 5,
                    "shifts of 31 and 0");
}

void checkFixedPoints(Failures& failures)
{
    const auto is = [](FixedPoint a, std::int32_t mantissa, std::int32_t shift) {
        return a.mantissa == mantissa && a.shift == shift;
    };
    failures.expect(is(fixedPointOf(0.5), 1 << 30, 0) && is(fixedPointOf(1), 1 << 30, 1), "0.5 and 1");
    failures.expect(is(fixedPointOf(0.75), 3 << 29, 0), "0.75");
    failures.expect(is(fixedPointOf(1 - 0x1p-33), 1 << 30, 1), "a carry of the mantissa");
    failures.expect(is(fixedPointOf(0x1p-32), 1 << 30, -31) && is(fixedPointOf(0x1p-33), 0, 0),
                    "the smallest one and what is below");
    failures.expect(is(fixedPointOf(std::nextafter(0x1p-32, 0)), 1 << 30, -31), "a carry up to the smallest");
    failures.expect(is(fixedPointOf(0x1p29), 1 << 30, 30) && is(fixedPointOf(5e-324), 0, 0), "the ends");
    for (const double bad : {-0.5, std::nan(""), HUGE_VAL, 0x1p30, 0x1p30 - 0x1p-8})
        failures.expect(throwsError([bad] { fixedPointOf(bad); }), "refuses " + std::to_string(bad));
    std::mt19937_64 random(9);
    bool near = true;
    for (int i = 0; i < 1000; ++i) {
        const double value = std::ldexp(1 + static_cast<double>(random() % 1000000) * 1e-6, i % 60 - 31);
        const FixedPoint fixed = fixedPointOf(value);
        near = near && fixed.mantissa >= 1 << 30
               && std::abs(std::ldexp(fixed.mantissa, fixed.shift - 31) / value - 1) <= 0x1p-31;
    }
    failures.expect(near, "half a unit of the mantissa");
}

void checkBias(Failures& failures)
{
    const std::vector<float> bias = {1.0f, 0.25f, 0.75f, -1e10f, HUGE_VALF, -0.25f};
    const QuantizedBias one = quantizeBias(bias, 0.5f, std::vector<float>{1.0f});
    failures.expect(one.values == std::vector<std::int32_t>{2, 0, 2, lowest, highest, 0}, "ties go to even");
    failures.expect(one.overflowed == std::vector<std::size_t>{3, 4}, "channels that overflow");
    const QuantizedBias two = quantizeBias(std::vector<float>{1, 1}, 0.5f, std::vector<float>{1.0f, 0.25f});
    failures.expect(two.values == std::vector<std::int32_t>{2, 8}, "scales a channel");
    failures.expect(quantizeBias({}, 1, {}).values.empty(), "no channels");
    const auto refuses = [](std::vector<float> values, float scale, std::vector<float> scales) {
        return throwsError([&] { quantizeBias(values, scale, scales); });
    };
    failures.expect(refuses({1, NAN}, 1, {1}) && refuses({1}, 0, {1}) && refuses({1}, 1, {-1})
                        && refuses({1}, 1, {HUGE_VALF}) && refuses({1, 1, 1}, 1, {1, 1}),
                    "refuses what is no number, no scale, or too few scales");
}

/// What toInt8 made of all integers by one multiplier per column; wide ends show the low byte of any result.
void checkKernel(Isa isa, Requantization rule, bool wide, Failures& failures)
{
    const std::vector<FixedPoint> by = multipliers();
    const std::vector<std::int32_t> xs = integers();
    const int columns = static_cast<int>(by.size());
    std::vector<std::int32_t> acc;
    for (const std::int32_t x : xs)
        acc.insert(acc.end(), by.size(), x);
    QuantizedOutput output;
    output.rule = rule;
    output.multipliers = by.data();
    if (wide)
        output.low = lowest, output.high = highest;
    const std::vector<RowTerms> rows(xs.size());
    std::vector<std::int8_t> out(acc.size());
    epilogue(isa).toInt8({acc.data(), by.size(), static_cast<int>(xs.size()), columns}, {}, rows.data(), {},
                         output, out.data(), by.size());
    std::size_t wrong = 0;
    std::string first;
    for (std::size_t i = 0; i < acc.size(); ++i) {
        const FixedPoint m = by[i % by.size()];
        const std::int64_t exact =
            rule == Requantization::Single ? singleRounded(acc[i], m) : doubleRounded(acc[i], m);
        const std::int64_t cut =
            wide ? exact : std::min<std::int64_t>(127, std::max<std::int64_t>(-128, exact));
        if (requantize(acc[i], m, rule) == exact && out[i] == static_cast<std::int8_t>(cut))
            continue;
        if (wrong++ == 0)
            first = std::to_string(acc[i]) + " by " + std::to_string(m.mantissa) + " shift "
                    + std::to_string(m.shift) + ": " + std::to_string(out[i]) + " for "
                    + std::to_string(exact);
    }
    failures.expect(wrong == 0, std::to_string(wrong) + " differ, first " + first);
}

} // namespace

/// Fixed-point multipliers: by hand, their scalar definition, and every vector lane.
void checkRequantize(Isa isa, Failures& failures)
{
    checkByHand(failures);
    checkFixedPoints(failures);
    checkBias(failures);
    for (const bool wide : {false, true}) {
        checkKernel(isa, Requantization::Single, wide, failures);
        checkKernel(isa, Requantization::GemmlowpDouble, wide, failures);
    }
}

} // namespace quantoscope::test
