// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/input/quantizepack.h"
#include "core/kernels/input/quantizerows.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/kernels/check.h"

#include <cmath>
#include <cstring>
#include <random>

namespace quantoscope::test {

namespace {

/// An unsigned range with its zero point, as bytes about 0.
RowRule zeroPointRule(const FiniteRange& range)
{
    const float scale = range.hi > range.lo ? (range.hi - range.lo) / 255 : 1;
    const auto zero = static_cast<std::int32_t>(std::nearbyint(-range.lo / scale)) - 128;
    return affineRule({scale, 0, std::min(127, std::max(-128, zero)), -128, 127, {}, false});
}

/// The integer at a place of its row, read from the packed order.
std::int32_t packedAt(const PackedActivations& packed, std::size_t row, std::size_t run, std::size_t k)
{
    for (const RowBlock& block : packed.blocks) {
        if (row >= block.first + static_cast<std::size_t>(block.rows))
            continue;
        const auto step = static_cast<std::size_t>(packed.step);
        const std::size_t stepsPerRun = (packed.depth.run + step - 1) / step;
        const std::byte* at =
            packed.bytes.data() + block.offset
            + ((run * stepsPerRun + k / step) * static_cast<std::size_t>(block.rows) + row - block.first) * 4;
        if (step == 4)
            return reinterpret_cast<const std::int8_t*>(at)[k % 4];
        std::int16_t pair[2];
        std::memcpy(pair, at, 4);
        return pair[k % 2];
    }
    return 1 << 20;
}

bool holdsAll(const PackedActivations& packed, const std::vector<std::int8_t>& expected)
{
    const Depth& depth = packed.depth;
    const auto step = static_cast<std::size_t>(packed.step);
    bool same = true;
    for (std::size_t m = 0; m < packed.rows; ++m)
        for (std::size_t run = 0; run < depth.runs(); ++run) {
            const std::size_t size = depth.sizeOf(run);
            for (std::size_t k = 0; k < (size + step - 1) / step * step; ++k)
                same = same
                       && packedAt(packed, m, run, k)
                              == (k < size ? expected[m * depth.depth + run * depth.run + k] : 0);
        }
    return same;
}

void checkPacking(Isa isa, std::size_t rows, Depth depth, Failures& failures)
{
    std::mt19937 random(static_cast<unsigned>(rows * 10007 + depth.depth));
    std::vector<float> x(rows * depth.depth);
    for (float& value : x)
        value = random() % 101 == 0 ? NAN : static_cast<float>(random() % 4001) * 0.01f - 13;
    const FloatRows input{x.data(), rows, depth.depth};
    const std::vector<RowRule> one = {affineRule({0.11f, 0, 7, -128, 127, {}, false})};
    PackedActivations packed;
    for (const int kind : {0, 1, 2}) {
        ActivationRules rules;
        if (kind == 0)
            rules.given = one;
        else
            rules.make = zeroPointRule, rules.perRow = kind == 2;
        std::vector<std::int8_t> expected(x.size());
        std::vector<RowTerms> terms(rows);
        const std::size_t nonFinite = quantizeRows(Isa::Scalar, input, rules, expected.data(), terms);
        const std::size_t counted = quantizeAndPack(isa, input, rules, depth, 1, packed);
        bool same = counted == nonFinite && packed.terms.size() == rows && packed.isa == isa
                    && holdsAll(packed, expected);
        for (std::size_t m = 0; m < rows && same; ++m)
            same = std::memcmp(&packed.terms[m], &terms[m], sizeof(RowTerms)) == 0;
        failures.expect(same, std::to_string(rows) + " rows of " + std::to_string(depth.depth)
                                  + " in runs of " + std::to_string(depth.run) + " by rules of kind "
                                  + std::to_string(kind));
    }
}

} // namespace

/// Floats straight into the order of tile kernels are what two passes make.
void checkQuantizePack(Isa isa, Failures& failures)
{
    const std::vector<Depth> depths = {{0, 1},   {1, 1},     {5, 5},      {7, 3},       {27, 3},     {64, 32},
                                       {33, 33}, {131, 131}, {1031, 101}, {2048, 2048}, {4101, 4101}};
    for (const std::size_t rows : {0ul, 1ul, 2ul, 3ul, 4ul, 7ul, 11ul, 12ul, 13ul, 29ul})
        for (const Depth& depth : depths)
            checkPacking(isa, rows, depth, failures);
    const ThreadLimit one(1);
    checkPacking(isa, 100, {257, 257}, failures);
    PackedActivations packed;
    const float x[2] = {1, 2};
    bool refused = false;
    try {
        const std::vector<RowRule> rules(1, affineRule({}));
        quantizeAndPack(isa, {x, 1, 2}, {rules, nullptr, false}, {3, 3}, 1, packed);
    } catch (const Error& error) {
        refused = error.code() == ErrorCode::InvalidArgument;
    }
    failures.expect(refused, "refuses another depth");
}

} // namespace quantoscope::test
