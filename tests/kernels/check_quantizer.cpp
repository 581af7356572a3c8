// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizerows.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"

#include <cmath>
#include <limits>
#include <random>

namespace quantoscope::test {

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

/// quantizeOne of the engine, with NaN taken as 0.
std::int32_t codeOf(const QuantizeRule& rule, float x)
{
    if (x != x)
        x = 0;
    const float t =
        rule.reciprocal ? (x - rule.offset) * (1.0f / rule.scale) : (x - rule.offset) / rule.scale;
    const double exact = t;
    double steps = std::floor(exact);
    // Exact but for ties to even, where double says the same as float.
    if (rule.rounding == QuantizeRounding::HalfEven)
        steps = std::nearbyint(exact);
    else if (rule.rounding == QuantizeRounding::HalfAway)
        steps = std::copysign(std::floor(std::fabs(exact) + 0.5), exact);
    else if (rule.rounding == QuantizeRounding::HalfUp)
        steps = std::floor(t) + (t - std::floor(t) >= 0.5f ? 1 : 0);
    if (steps < rule.low - rule.zeroPoint)
        return rule.low;
    return steps > rule.high - rule.zeroPoint ? rule.high : static_cast<std::int32_t>(steps) + rule.zeroPoint;
}

/// Ties of every code, their neighbours, numbers of every magnitude, and what is not finite.
std::vector<float> awkwardValues(const QuantizeRule& rule)
{
    std::vector<float> values = {0.0f,     -0.0f,  infinite, -infinite,   notANumber,   3.4e38f,
                                 -3.4e38f, 1e-45f, -1e-45f,  0.49999997f, -0.49999997f, 8388609.0f};
    for (int k = -140; k <= 140; ++k) {
        const float tie = (static_cast<float>(k) + 0.5f) * rule.scale + rule.offset;
        values.insert(values.end(), {tie, std::nextafter(tie, infinite), std::nextafter(tie, -infinite),
                                     static_cast<float>(k) * rule.scale + rule.offset});
    }
    std::mt19937 random(3);
    for (int i = 0; i < 500; ++i)
        values.push_back(
            std::ldexp(static_cast<float>(random()) * 0x1p-31f - 1, static_cast<int>(random() % 80) - 40));
    return values;
}

std::vector<QuantizeRule> rules(bool wide)
{
    std::vector<QuantizeRule> all;
    for (const QuantizeRounding rounding : {QuantizeRounding::HalfEven, QuantizeRounding::HalfAway,
                                            QuantizeRounding::HalfUp, QuantizeRounding::Floor})
        for (const bool reciprocal : {false, true})
            for (const QuantizeRule& base : {QuantizeRule{1, 0, 0, -127, 127, {}, false},
                                             QuantizeRule{0.1f, 0, -128 + 37, -128, 127, {}, false},
                                             QuantizeRule{0.0372f, -1.7f, -128, -128, -113, {}, false},
                                             QuantizeRule{-0.3f, 0, 0, -8, 7, {}, false}}) {
                all.push_back(base);
                all.back().rounding = rounding;
                all.back().reciprocal = reciprocal;
                if (wide)
                    all.back().low = -32768, all.back().high = 32767, all.back().scale *= 0.01f;
            }
    return all;
}

template <typename Out>
void checkLoops(PackedSum (*quantize)(const float*, std::size_t, const QuantizeRule&, Out*), const char* name,
                Failures& failures)
{
    for (const QuantizeRule& rule : rules(sizeof(Out) == 2)) {
        const std::vector<float> values = awkwardValues(rule);
        for (const std::size_t count :
             {0ul, 1ul, 3ul, 4ul, 5ul, 7ul, 8ul, 9ul, 15ul, 16ul, 17ul, 33ul, values.size()}) {
            // The last values, at an address that is aligned to a float alone.
            const std::vector<float> x(values.end() - static_cast<std::ptrdiff_t>(count), values.end());
            std::vector<Out> out(count + 1, Out{99});
            const PackedSum sum = quantize(x.data(), count, rule, out.data());
            bool same = out[count] == 99;
            std::int64_t expected = 0;
            std::size_t nonFinite = 0;
            for (std::size_t i = 0; i < count; ++i) {
                same =
                    same && out[i] == codeOf(rule, x[i]) && packedInteger(rule, x[i]) == codeOf(rule, x[i]);
                expected += codeOf(rule, x[i]);
                nonFinite += std::isfinite(x[i]) ? 0 : 1;
            }
            failures.expect(same && sum.sum == expected && sum.nonFinite == nonFinite,
                            std::to_string(count) + " values to " + name + " by scale "
                                + std::to_string(rule.scale) + " rounding "
                                + std::to_string(static_cast<int>(rule.rounding))
                                + (rule.reciprocal ? " reciprocal" : ""));
        }
    }
}

void checkByHand(const Quantizer& kernel, Failures& failures)
{
    const std::vector<float> x = {0.5f, 1.5f, -0.5f, -2.5f, notANumber, infinite, -infinite, 1000.0f};
    std::vector<std::int8_t> out(x.size());
    const auto codes = [&](QuantizeRounding rounding) {
        kernel.toInt8(x.data(), x.size(), {1, 0, 1, -100, 100, rounding, false}, out.data());
        return out;
    };
    using Codes = std::vector<std::int8_t>;
    failures.expect(codes(QuantizeRounding::HalfEven) == Codes{1, 3, 1, -1, 1, 100, -100, 100},
                    "ties to even");
    failures.expect(codes(QuantizeRounding::HalfAway) == Codes{2, 3, 0, -2, 1, 100, -100, 100}, "ties away");
    failures.expect(codes(QuantizeRounding::HalfUp) == Codes{2, 3, 1, -1, 1, 100, -100, 100}, "ties up");
    failures.expect(codes(QuantizeRounding::Floor) == Codes{1, 2, 0, -2, 1, 100, -100, 100}, "down");
    // Levels 10, 10.5, …, 17.5: real 0 lies below all of them.
    kernel.toInt8(x.data() + 4, 1, {0.5f, 10.0f, 0, 0, 15, {}, false}, out.data());
    failures.expect(out[0] == 0, "NaN gets the code nearest to real 0");
}

/// Each one alone at every place.
void checkNonFinite(const Quantizer& kernel, FindRange find, Failures& failures)
{
    const QuantizeRule rule{0.5f, 0, 3, -128, 127, {}, false};
    std::vector<float> x(150, 1.0f);
    std::vector<std::int8_t> out(x.size());
    bool same = true;
    for (const float odd : {infinite, -infinite, notANumber, -notANumber})
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = odd;
            const PackedSum sum = kernel.toInt8(x.data(), x.size(), rule, out.data());
            const std::int32_t expected = codeOf(rule, odd);
            const FiniteRange range = find(x.data(), x.size());
            same = same && sum.nonFinite == 1 && out[i] == expected && sum.sum == 149 * 5 + expected
                   && range.nonFinite == 1 && range.finite == 149 && range.lo == 1 && range.hi == 1;
            x[i] = 1.0f;
        }
    failures.expect(same, "one value that is not finite, anywhere");
}

void checkRange(FindRange find, Failures& failures)
{
    std::mt19937 random(4);
    for (const std::size_t count : {0ul, 1ul, 2ul, 7ul, 16ul, 31ul, 32ul, 33ul, 100ul, 1000ul}) {
        for (const bool holes : {false, true}) {
            std::vector<float> x(count);
            FiniteRange expected;
            for (float& value : x) {
                value = static_cast<float>(static_cast<int>(random() % 2001) + (random() % 2 ? 5 : -2005));
                if (holes && random() % 3 == 0)
                    value = random() % 2 == 0 ? notANumber : infinite;
                expected.merge(std::isfinite(value) ? FiniteRange{value, value, 1, 0}
                                                    : FiniteRange{0, 0, 0, 1});
            }
            const FiniteRange is = find(x.data(), count);
            failures.expect(is.lo == expected.lo && is.hi == expected.hi && is.finite == expected.finite
                                && is.nonFinite == expected.nonFinite,
                            "range of " + std::to_string(count));
        }
    }
    const std::vector<float> zeros(40, -0.0f);
    const FiniteRange zero = find(zeros.data(), zeros.size());
    failures.expect(zero.lo == 0 && !std::signbit(zero.lo) && !std::signbit(zero.hi), "zeros are +0");
    const std::vector<float> none(5, notANumber);
    const FiniteRange empty = find(none.data(), none.size());
    failures.expect(empty.lo == 0 && empty.hi == 0 && empty.finite == 0 && empty.nonFinite == 5,
                    "nothing finite");
}

/// Symmetric: the largest magnitude at 127.
RowRule symmetricRule(const FiniteRange& range)
{
    const float bound = std::max(std::abs(range.lo), std::abs(range.hi));
    return affineRule({bound == 0 ? 1 : bound / 127, 0, 0, -127, 127, {}, false});
}

template <typename Out>
void checkRows(Isa isa, std::size_t rowCount, std::size_t depth, Failures& failures)
{
    std::mt19937 random(static_cast<unsigned>(rowCount * 1000 + depth));
    std::vector<float> x(rowCount * depth);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = i % 97 == 13 ? infinite
                            : static_cast<float>(random()) * 1e-9f
                                      * static_cast<float>(1 + i / std::max<std::size_t>(1, depth))
                                  - 2;
    const FloatRows input{x.data(), rowCount, depth};
    std::vector<RowRule> given;
    for (std::size_t m = 0; m < rowCount; ++m)
        given.push_back(affineRule({0.01f * static_cast<float>(m + 1), 0.5f, 3, -128, 127, {}, false}));
    const std::vector<RowRule> single = {affineRule({0.02f, 0, -5, -100, 100, {}, false})};
    const FiniteRange all = rangeFinder(Isa::Scalar)(x.data(), x.size());
    for (const int kind : {0, 1, 2, 3}) {
        ActivationRules rules;
        if (kind == 0)
            rules.given = single;
        else if (kind == 1 && rowCount > 1)
            rules.given = given;
        else
            rules.make = symmetricRule, rules.perRow = kind == 3;
        std::vector<Out> out(x.size());
        std::vector<RowTerms> terms(rowCount);
        quantizeRows(isa, input, rules, out.data(), terms);
        bool same = true;
        for (std::size_t m = 0; m < rowCount; ++m) {
            const RowRule rule = kind == 0                   ? single[0]
                                 : kind == 1 && rowCount > 1 ? given[m]
                                 : kind == 3 ? symmetricRule(rangeFinder(Isa::Scalar)(input.row(m), depth))
                                             : symmetricRule(all);
            std::int32_t sum = 0;
            for (std::size_t k = 0; k < depth; ++k) {
                same = same && out[m * depth + k] == codeOf(rule.quantize, x[m * depth + k]);
                sum += out[m * depth + k];
            }
            same = same && terms[m].sum == sum && terms[m].scale == rule.quantize.scale
                   && terms[m].zero == rule.quantize.zeroPoint && terms[m].offset == rule.quantize.offset;
        }
        failures.expect(same, std::to_string(rowCount) + " rows of " + std::to_string(depth)
                                  + " by rules of kind " + std::to_string(kind));
    }
}

void checkRefusals(Isa isa, Failures& failures)
{
    const std::vector<float> x(6, 1.0f);
    const auto refuses = [&](const QuantizeRule& rule, std::size_t count) {
        const std::vector<RowRule> rules(count, affineRule(rule));
        std::vector<std::int8_t> out(6);
        std::vector<RowTerms> terms(3);
        try {
            quantizeRows(isa, {x.data(), 3, 2}, {rules, nullptr, false}, out.data(), terms);
        } catch (const Error& error) {
            return error.code() == ErrorCode::InvalidArgument;
        }
        return false;
    };
    failures.expect(!refuses({}, 1) && !refuses({}, 3), "takes a rule, and one a row");
    failures.expect(refuses({}, 0) && refuses({}, 2), "refuses no rule, and two for three rows");
    failures.expect(refuses({0}, 1) && refuses({notANumber}, 1) && refuses({infinite}, 1)
                        && refuses({1, infinite}, 1),
                    "refuses scales and offsets that are none");
    failures.expect(refuses({1, 0, 0, 5, 4, {}, false}, 1) && refuses({1, 0, 0, 0, 255, {}, false}, 1)
                        && refuses({1, 0, 1 << 21, 0, 1, {}, false}, 1),
                    "refuses ends that do not fit");
}

} // namespace

/// Activations to packed integers: value by value, rows, ranges, rules.
void checkQuantizer(Isa isa, Failures& failures)
{
    const Quantizer& kernel = quantizer(isa);
    checkByHand(kernel, failures);
    checkLoops(kernel.toInt8, "int8", failures);
    checkLoops(kernel.toInt16, "int16", failures);
    checkRange(rangeFinder(isa), failures);
    checkNonFinite(kernel, rangeFinder(isa), failures);
    for (const std::size_t rows : {0ul, 1ul, 2ul, 5ul, 37ul})
        for (const std::size_t depth : {0ul, 1ul, 17ul, 1000ul}) {
            checkRows<std::int8_t>(isa, rows, depth, failures);
            checkRows<std::int16_t>(isa, rows, depth, failures);
        }
    checkRows<std::int8_t>(isa, 1, 600000, failures);
    {
        const ThreadLimit one(1);
        checkRows<std::int8_t>(isa, 300, 200, failures);
    }
    checkRows<std::int8_t>(isa, 300, 200, failures);
    checkRefusals(isa, failures);
}

} // namespace quantoscope::test
