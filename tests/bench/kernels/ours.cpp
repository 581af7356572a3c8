// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/products.h"

#include "core/kernels/bits/xnor.h"
#include "core/kernels/grouped/groupedproduct.h"
#include "core/kernels/input/quantizepack.h"
#include "core/kernels/input/quantizerows.h"
#include "core/kernels/product/intproduct.h"
#include "core/kernels/wide/wideproduct.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace quantoscope::bench {

namespace {

/// What all copies of a product share: one call runs at a time.
struct IntSide
{
    IntSide(std::size_t rows, const CodeMatrix& weights)
        : values(randomInts(rows * weights.depth.depth)), terms(rows, RowTerms{0.01f, 0, 3, 0}),
          out(rows * weights.outputs)
    {
    }
    std::vector<std::int8_t> values;
    std::vector<RowTerms> terms;
    PackedActivations packed;
    std::vector<std::int32_t> out;
};

struct FloatSide
{
    FloatSide(std::size_t rows, const CodeMatrix& weights)
        : values(randomFloats(rows * weights.depth.depth)), input{values.data(), rows, weights.depth.depth},
          out(rows * weights.outputs)
    {
    }
    std::vector<float> values;
    FloatRows input;
    PackedActivations packed;
    std::vector<std::int8_t> codes; ///< of grouped products
    std::vector<RowTerms> terms;
    std::vector<float> out;
};

/// 256 codes from the smallest to the largest value, zero among them.
RowRule affineOver(const FiniteRange& range)
{
    QuantizeRule rule;
    const float low = std::min(range.lo, 0.0f);
    const float high = std::max(range.hi, 0.0f);
    rule.scale = high > low ? (high - low) / 255 : 1;
    rule.zeroPoint = static_cast<std::int32_t>(std::nearbyint(-128 - low / rule.scale));
    rule.reciprocal = true;
    return affineRule(rule);
}

RowRule symmetricOver(const FiniteRange& range)
{
    QuantizeRule rule;
    const float largest = std::max(-range.lo, range.hi);
    rule.scale = largest > 0 ? largest / 127 : 1;
    rule.low = -127;
    rule.reciprocal = true;
    return affineRule(rule);
}

template <typename Packed, typename Side, typename Run>
std::vector<Call> copiesOf(const Packed& packed, const std::shared_ptr<Side>& side, std::size_t copies,
                           Run run)
{
    std::vector<Call> calls;
    for (std::size_t copy = 0; copy < copies; ++copy)
        calls.push_back(
            [weights = std::make_shared<const Packed>(packed), side, run] { run(*weights, *side); });
    return calls;
}

} // namespace

CodeMatrix weightsOf(std::size_t outputs, std::size_t depth, int bits, std::size_t run)
{
    std::mt19937_64 random(static_cast<unsigned>(bits));
    CodeMatrix weights;
    weights.outputs = outputs;
    weights.depth = {depth, run == 0 ? depth : run};
    weights.bits = bits;
    weights.grouped = run > 0;
    weights.codes.resize(outputs * depth);
    for (std::uint16_t& code : weights.codes)
        code = static_cast<std::uint16_t>(random() >> (64 - bits));
    const std::size_t sets = outputs * weights.setsPerOutput();
    weights.zero.assign(sets, 1 << (bits - 1));
    for (std::size_t set = 0; set < sets; ++set)
        weights.scale.push_back(static_cast<float>(1024 + random() % 1024) * 0x1p-17f);
    return weights;
}

std::vector<float> randomFloats(std::size_t count)
{
    std::mt19937 random(1);
    std::vector<float> values(count);
    for (float& value : values)
        value = static_cast<float>(random()) * 0x1p-31f - 1;
    return values;
}

std::vector<std::int8_t> randomInts(std::size_t count)
{
    std::mt19937 random(2);
    std::vector<std::int8_t> values(count);
    for (std::int8_t& value : values)
        value = static_cast<std::int8_t>(random() >> 24);
    return values;
}

std::vector<Call> ourInt32(const CodeMatrix& weights, std::size_t rows, Isa isa, std::size_t copies)
{
    return copiesOf(packWeights(weights, isa), std::make_shared<IntSide>(rows, weights), copies,
                    [isa](const PackedWeights& packed, IntSide& side) {
                        packActivations(side.values.data(), side.terms, packed.planes.depth, isa,
                                        side.packed);
                        multiplyInt32(packed, side.packed, side.out.data());
                    });
}

std::vector<Call> ourDynamic(const CodeMatrix& weights, std::size_t rows, Isa isa, std::size_t copies)
{
    return copiesOf(
        packWeights(weights, isa), std::make_shared<FloatSide>(rows, weights), copies,
        [isa](const PackedWeights& packed, FloatSide& side) {
            quantizeAndPack(isa, side.input, {{}, affineOver, false}, packed.planes.depth, 1, side.packed);
            multiplyFloat(packed, side.packed, {}, side.out.data());
        });
}

std::vector<Call> ourGrouped(const CodeMatrix& weights, std::size_t rows, Isa isa, std::size_t copies)
{
    return copiesOf(
        packGrouped(weights), std::make_shared<FloatSide>(rows, weights), copies,
        [isa](const GroupedWeights& packed, FloatSide& side) {
            const std::size_t depth = side.input.depth;
            side.codes.resize(side.input.rows * depth);
            side.terms.resize(side.input.rows);
            quantizeRows(isa, side.input, {{}, symmetricOver, true}, side.codes.data(), side.terms);
            const GroupedActivations input =
                packGroupedActivations(packed, side.input.rows, side.codes.data(), depth, side.terms, 1, isa);
            multiplyGrouped(packed, input, {}, side.out.data(), packed.outputs);
        });
}

Call ourXnor(std::size_t outputs, std::size_t depth, std::size_t rows, Isa isa)
{
    struct Side
    {
        XnorWeights weights;
        SignRows input;
        std::vector<std::int32_t> out;
    };
    CodeMatrix matrix = weightsOf(outputs, depth, 1);
    matrix.factor = 2;
    matrix.zero.assign(outputs, 1);
    const auto side = std::make_shared<Side>();
    side->weights = XnorWeights::pack(matrix, isa);
    packSigns(randomFloats(rows * depth), rows, matrix.depth, side->input);
    side->out.resize(rows * outputs);
    return [side] { multiplyXnor(side->weights, side->input, side->out); };
}

Call ourWide(std::size_t outputs, std::size_t depth, std::size_t rows, int bits, Isa isa)
{
    struct Side
    {
        WideWeights weights;
        std::vector<std::int16_t> values;
        WideActivations input;
        std::vector<std::int64_t> out;
    };
    std::mt19937_64 random(3);
    std::vector<std::int16_t> values(rows * depth);
    for (std::int16_t& value : values)
        value = static_cast<std::int16_t>(static_cast<std::int64_t>(random()) >> (64 - bits));
    const auto side = std::make_shared<Side>(
        Side{WideWeights(weightsOf(outputs, depth, bits), isa), std::move(values), {}, {}});
    side->input = {side->values, rows, depth, bits, 1, {}, {}, {}};
    side->out.resize(rows * outputs);
    return [side] { multiplyWide(side->weights, side->input, side->out); };
}

double packedBytes(const CodeMatrix& weights, Isa isa)
{
    return static_cast<double>(weights.grouped ? packGrouped(weights).sizeBytes()
                                               : packWeights(weights, isa).size());
}

std::size_t coldCopies(double bytes) { return 2 + static_cast<std::size_t>(100 * 0x1p20 / bytes); }

Call onThreads(int threads, Call call)
{
    return [threads, call = std::move(call)] {
        const ThreadLimit limit(threads);
        call();
    };
}

} // namespace quantoscope::bench
