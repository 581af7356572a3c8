// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/grouped/groupedproduct.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace quantoscope::test {

namespace {

struct Case
{
    std::string what;
    CodeMatrix weights;
    std::size_t rows = 1;
    std::vector<std::int8_t> values;
    std::vector<RowTerms> terms;
    std::int32_t factor = 1;
    std::vector<float> bias;
    float low = 0;
    float high = 0;

    FloatOutput output() const { return {bias.empty() ? nullptr : bias.data(), low, high}; }
};

/// Sums of a group in int64.
struct GroupSums
{
    std::int64_t product = 0;
    std::int64_t activations = 0;
    std::int64_t weights = 0;
};

GroupSums groupSums(const Case& test, std::size_t m, std::size_t n, std::size_t begin, std::size_t size)
{
    GroupSums sums;
    for (std::size_t k = begin; k < begin + size; ++k) {
        const std::int64_t e = integerOf(test.weights, n, k);
        const std::int64_t p = test.values[m * test.weights.depth.depth + k];
        sums.product += e * p;
        sums.activations += p;
        sums.weights += e;
    }
    return sums;
}

/// The formula of groupedproduct.h, each operation rounded on its own.
float expected(const Case& test, std::size_t m, std::size_t n)
{
    const CodeMatrix& weights = test.weights;
    Depth depth = weights.depth;
    if (!weights.grouped)
        depth.run = std::max<std::size_t>(depth.depth, 1);
    float f = 0;
    double c = 0;
    for (std::size_t g = 0; g < depth.runs(); ++g) {
        const std::size_t set = n * weights.setsPerOutput() + (weights.grouped ? g : 0);
        const GroupSums sums = groupSums(test, m, n, g * depth.run, depth.sizeOf(g));
        f = f + weights.scale[set] * static_cast<float>(sums.product);
        c += static_cast<double>(weights.scale[set]) * static_cast<double>(sums.weights);
        if (!weights.offset.empty()) {
            f = f + weights.offset[set] * static_cast<float>(sums.activations);
            c += static_cast<double>(weights.offset[set]) * static_cast<double>(depth.sizeOf(g));
        }
    }
    const RowTerms& row = test.terms[m];
    const float shift = row.offset - row.scale * static_cast<float>(row.zero);
    float y = static_cast<float>(test.factor) * row.scale * f;
    y = y + shift * static_cast<float>(c);
    if (!test.bias.empty())
        y = y + test.bias[n];
    return test.low < test.high ? std::clamp(y, test.low, test.high) : y;
}

Case randomCase(std::size_t rows, std::size_t outputs, std::size_t depth, std::size_t group, int bits,
                std::uint64_t seed)
{
    Case test;
    test.what = std::to_string(rows) + "×" + std::to_string(outputs) + "×" + std::to_string(depth) + ", "
                + std::to_string(bits) + " bits, groups of " + std::to_string(group);
    test.weights = randomWeights(outputs, depth, bits, seed, group, true);
    test.rows = rows;
    for (const std::int16_t value : randomActivations(rows, depth, 8, seed + 1).values)
        test.values.push_back(static_cast<std::int8_t>(value));
    for (std::size_t m = 0; m < rows; ++m)
        test.terms.push_back({0.01f + 0.001f * static_cast<float>(m), 0, 0, 0});
    return test;
}

/// Scales that are binary16 numbers, as GGML's.
void roundScales(CodeMatrix& weights)
{
    for (float& scale : weights.scale)
        scale = std::max(1.0f, static_cast<float>(static_cast<int>(scale * 1e5f))) * 0x1p-17f;
}

void varyZeros(Case& test, int spread)
{
    test.what += ", varying zeros";
    std::mt19937 random(7);
    for (std::int32_t& zero : test.weights.zero)
        zero = static_cast<std::int32_t>(random() % static_cast<unsigned>(spread))
               - (spread > 256 ? spread / 2 : 0);
}

void addOffsets(Case& test)
{
    test.what += ", offsets";
    std::mt19937 random(8);
    for (std::size_t i = 0; i < test.weights.scale.size(); ++i)
        test.weights.offset.push_back(static_cast<float>(static_cast<int>(random() % 4001) - 2000) * 1e-4f);
}

void addInputTerms(Case& test)
{
    test.what += ", input zero and offset, bias, clamp";
    test.factor = 2;
    for (std::size_t m = 0; m < test.rows; ++m) {
        test.terms[m].zero = 5 - static_cast<int>(m);
        test.terms[m].offset = 0.25f * static_cast<float>(m);
    }
    for (std::size_t n = 0; n < test.weights.outputs; ++n)
        test.bias.push_back(0.5f - 0.125f * static_cast<float>(n));
    test.low = -3;
    test.high = 6;
}

std::vector<float> product(const Case& test, Isa isa)
{
    const std::size_t outputs = test.weights.outputs;
    const GroupedWeights weights = packGrouped(test.weights);
    const GroupedActivations rows = packGroupedActivations(
        weights, test.rows, test.values.data(), test.weights.depth.depth, test.terms, test.factor, isa);
    std::vector<float> out(test.rows * (outputs + 3), 77);
    multiplyGrouped(weights, rows, test.output(), out.data(), outputs + 3);
    return out;
}

void compare(const Case& test, Isa isa, Failures& failures)
{
    const std::vector<float> out = product(test, isa);
    const std::size_t outputs = test.weights.outputs;
    std::size_t wrong = 0;
    std::string first;
    for (std::size_t m = 0; m < test.rows; ++m) {
        for (std::size_t n = 0; n < outputs + 3; ++n) {
            const float wanted = n < outputs ? expected(test, m, n) : 77;
            const float got = out[m * (outputs + 3) + n];
            if (std::memcmp(&wanted, &got, sizeof(got)) == 0)
                continue;
            if (wrong++ == 0)
                first = "[" + std::to_string(m) + "][" + std::to_string(n) + "] is " + std::to_string(got)
                        + ", not " + std::to_string(wanted);
        }
    }
    failures.expect(wrong == 0, test.what + ": " + std::to_string(wrong) + " differ, " + first);
}

void checkShapes(Isa isa, Failures& failures)
{
    struct Shape
    {
        std::size_t rows, outputs, depth, group;
    };
    const Shape shapes[] = {{1, 16, 64, 32},  {1, 33, 97, 32}, {2, 17, 31, 7},   {3, 1, 5, 1},
                            {7, 40, 130, 64}, {8, 31, 67, 16}, {13, 48, 96, 32}, {1, 5, 3, 100},
                            {4, 0, 8, 4},     {0, 9, 8, 4},    {3, 19, 0, 4},    {1, 64, 257, 128},
                            {29, 15, 53, 12}};
    for (int bits = 1; bits <= 8; ++bits) {
        for (const Shape& s : shapes) {
            Case test =
                randomCase(s.rows, s.outputs, s.depth, s.group, bits, 11 + static_cast<unsigned>(bits));
            if ((s.rows + s.depth) % 2 == 1)
                roundScales(test.weights);
            compare(test, isa, failures);
        }
    }
}

void checkTerms(Isa isa, Failures& failures)
{
    for (const int bits : {1, 2, 3, 4, 6, 8}) {
        for (const std::size_t rows : {std::size_t{1}, std::size_t{5}}) {
            const Case plain = randomCase(rows, 37, 101, 24, bits, 40 + static_cast<unsigned>(bits));
            Case test = plain;
            varyZeros(test, 1 << bits);
            compare(test, isa, failures);
            addOffsets(test);
            compare(test, isa, failures);
            test.weights.factor = 2;
            test.what += ", factor 2";
            compare(test, isa, failures);
            addInputTerms(test);
            compare(test, isa, failures);
            test = plain;
            addOffsets(test);
            addInputTerms(test);
            compare(test, isa, failures);
            test = plain;
            test.weights.factor = 2;
            test.weights.zero.assign(test.weights.zero.size(), (1 << bits) - 1);
            test.what += ", mid-rise";
            compare(test, isa, failures);
            test = plain;
            varyZeros(test, 1000);
            compare(test, isa, failures);
            for (const std::size_t group : {std::size_t{255}, std::size_t{256}}) {
                test = randomCase(rows, 20, 700, group, bits, 6);
                varyZeros(test, 1 << bits);
                std::fill(test.values.begin(), test.values.end(), std::int8_t{-128});
                compare(test, isa, failures);
            }
            test = plain;
            test.weights = randomWeights(37, 101, bits, 5);
            test.what += ", not grouped";
            addInputTerms(test);
            compare(test, isa, failures);
        }
    }
}

void checkTables(Isa isa, Failures& failures)
{
    const std::vector<std::int16_t> e2m1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    for (const int bits : {1, 2, 3, 4, 5, 8}) {
        for (const std::size_t rows : {std::size_t{1}, std::size_t{6}}) {
            Case test = randomCase(rows, 35, 75, 16, bits, 90 + static_cast<unsigned>(bits));
            test.what += ", table";
            for (int i = 0; i < 1 << bits; ++i)
                test.weights.table.push_back(bits == 4
                                                 ? e2m1[static_cast<std::size_t>(i)]
                                                 : static_cast<std::int16_t>((i * 37 + 11) % 255 - 128));
            test.weights.zero.assign(test.weights.zero.size(), 0);
            compare(test, isa, failures);
            addOffsets(test);
            compare(test, isa, failures);
        }
    }
}

/// Every product as large as it gets, in groups as long as int32 allows.
void checkExtremes(Isa isa, Failures& failures)
{
    for (const int bits : {1, 2, 4, 7, 8}) {
        const bool one = bits % 2 == 0;
        const std::size_t depth = bits == 8 ? 65793 : 140000;
        Case test = randomCase(one ? 1 : 2, 3, depth, depth, bits, 3);
        const auto top = static_cast<std::uint16_t>((1 << bits) - 1);
        test.weights.zero.assign(3, 0);
        for (std::size_t n = 0; n < 3; ++n)
            std::fill_n(test.weights.codes.begin() + static_cast<std::ptrdiff_t>(n * depth), depth,
                        n == 1 ? 0 : top);
        if (bits == 7)
            test.weights.depth.run = test.weights.depth.depth;
        std::fill(test.values.begin(), test.values.end(), std::int8_t{-128});
        if (!one)
            std::fill_n(test.values.begin(), depth, std::int8_t{127});
        if (static_cast<std::int64_t>(depth) * std::max<std::int64_t>(test.weights.largestInteger(), 1) * 128
            > std::numeric_limits<std::int32_t>::max())
            test.weights.zero.assign(3, 1 << (bits - 1));
        test.what += ", extremes";
        compare(test, isa, failures);
    }
}

template <typename Function>
bool throwsInvalid(const Function& function)
{
    try {
        function();
    } catch (const Error& error) {
        return error.code() == ErrorCode::InvalidArgument || error.code() == ErrorCode::Unsupported;
    }
    return false;
}

void checkErrors(Isa isa, Failures& failures)
{
    Case test = randomCase(2, 16, 64, 32, 4, 1);
    const GroupedWeights weights = packGrouped(test.weights);
    failures.expect(weights.sizeBytes() == 16 * 2 * (4 + 16) + 16 * 4,
                    "16 × 64 codes of 4 bits in groups of 32");
    failures.expect(throwsInvalid([&] {
                        packGroupedActivations(weights, 3, test.values.data(), 64, test.terms, 1, isa);
                    }),
                    "two terms for three rows are refused");
    const GroupedActivations rows =
        packGroupedActivations(weights, 2, test.values.data(), 64, test.terms, 1, isa);
    const GroupedWeights other = packGrouped(randomWeights(16, 32, 4, 1, 32, true));
    std::vector<float> out(32);
    failures.expect(throwsInvalid([&] { multiplyGrouped(other, rows, {}, out.data(), 16); }),
                    "activations of other weights are refused");
    failures.expect(throwsInvalid([] { packGrouped(randomWeights(1, 140000, 8, 1, 140000, true)); }),
                    "groups beyond int32 are refused");
    failures.expect(throwsInvalid([] { packGrouped(randomWeights(4, 32, 9, 1, 32, true)); }),
                    "more than 8 bits are refused");
    std::stop_source stop;
    stop.request_stop();
    bool stopped = false;
    try {
        multiplyGrouped(weights, rows, {}, out.data(), 16, stop.get_token());
    } catch (const Cancelled&) {
        stopped = true;
    }
    failures.expect(stopped, "a product stops when asked");
}

} // namespace

void checkGrouped(Isa isa, Failures& failures)
{
    checkShapes(isa, failures);
    checkTerms(isa, failures);
    checkTables(isa, failures);
    checkExtremes(isa, failures);
    checkErrors(isa, failures);

    const Case test = randomCase(19, 133, 96, 32, 4, 2);
    const std::vector<float> many = product(test, isa);
    const ThreadLimit one(1);
    failures.expect(product(test, isa) == many, "one thread and several give the same");
}

} // namespace quantoscope::test
