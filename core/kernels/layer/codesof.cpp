// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/codesof.h"

#include "core/kernels/layer/oddintegers.h"
#include "core/quant/formats.h"
#include "core/quant/quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

/// The levels times a power of two, all integers; nothing where they are not or leave int16.
struct IntegerTable
{
    std::vector<std::int16_t> integers;
    float step = 1; ///< level = step · integer
};

std::optional<IntegerTable> integersOf(const ValueTable& table, int bits)
{
    constexpr int finest = 12;
    for (int shift = 0; shift <= finest; ++shift) {
        IntegerTable result;
        result.step = std::ldexp(1.0f, -shift);
        for (const float value : table.values) {
            const float scaled = std::isfinite(value) ? std::ldexp(value, shift) : 0;
            if (std::abs(scaled) > 32767)
                return std::nullopt;
            if (scaled != std::nearbyint(scaled))
                break;
            result.integers.push_back(static_cast<std::int16_t>(scaled));
        }
        if (result.integers.size() == table.values.size()) {
            result.integers.resize(std::size_t{1} << bits);
            return result;
        }
    }
    return std::nullopt;
}

/// What e = factor · code - zero and x̂ = scale · e + offset are for one set.
struct SetForm
{
    std::int32_t zero;
    float scale;
    float offset;
};

std::int32_t factorOf(const Scheme& scheme)
{
    const bool signs = scheme.format == Format::Binary && scheme.grid != Grid::Offset;
    const bool midRise = scheme.format == Format::Int && scheme.grid == Grid::MidRise;
    return signs || midRise ? 2 : 1;
}

SetForm formOf(const ParamSets& params, const SetParams& set, float tableStep)
{
    if (!params.tables.empty())
        return {0, set.scale * tableStep, set.offset};
    const std::int32_t zero = set.zeroPoint - params.codes.min;
    if (factorOf(params.scheme) == 1)
        return {zero, set.scale, set.offset};
    const std::int32_t steps = params.codes.max - params.codes.min;
    if (standsForOddIntegers(set, steps))
        return {steps, set.scale / 2, 0};
    return {2 * zero, set.scale / 2, set.offset};
}

/// The stored width; blocks that store their codes in parts have as many bits as their codes need.
int bitsOf(const ParamSets& params)
{
    if (infoOf(params.scheme.format).family != Family::Blocks)
        return params.scheme.bits;
    return std::max(
        1, static_cast<int>(std::bit_width(static_cast<unsigned>(params.codes.max - params.codes.min))));
}

std::string whyNot(const ChannelMajor& values, const ParamSets& params)
{
    const SetLayout& layout = params.layout;
    if (layout.count() != 1 && (layout.channels != values.channels || layout.perChannel != values.perChannel))
        return "Scales along the inputs cannot be taken out of an integer sum over them.";
    if (params.coded && !params.coded->columnFactors.empty())
        return "Columns with factors of their own (AWQ) cannot be taken out of an integer sum over them.";
    if (params.coded && !params.coded->halfColumns.empty())
        return "Columns that stay in 16-bit floats (LLM.int8()) need a second, float product beside the "
               "integer one.";
    return {};
}

std::uint16_t codeOfZero(const ParamSets& params, std::size_t set)
{
    int best = params.codes.min;
    float nearest = std::numeric_limits<float>::infinity();
    for (int q = params.codes.min; q <= params.codes.max; ++q) {
        const float value = std::abs(valueOf(params, set, q));
        if (value < nearest) {
            nearest = value;
            best = q;
        }
    }
    return static_cast<std::uint16_t>(best - params.codes.min);
}

void setCodes(CodeMatrix& matrix, const ChannelMajor& values, const ParamSets& params)
{
    const QuantizedValues quantized = quantize(values, params);
    matrix.codes.resize(quantized.codes.size());
    for (std::size_t i = 0; i < matrix.codes.size(); ++i)
        matrix.codes[i] = static_cast<std::uint16_t>(quantized.codes[i] - params.codes.min);
    for (std::size_t set = 0; set < params.layout.count(); ++set) {
        const std::size_t begin = params.layout.begin(set);
        for (std::size_t i = begin; i < begin + params.layout.size(set); ++i)
            if (!quantized.finite[i])
                matrix.codes[i] = codeOfZero(params, set);
    }
}

CodeMatrix matrixOf(const ChannelMajor& values, const ParamSets& params, float tableStep)
{
    CodeMatrix matrix;
    matrix.outputs = values.channels;
    const SetLayout& layout = params.layout;
    matrix.grouped = layout.count() != 1 && layout.perChannelSets() > 1;
    matrix.depth = {values.perChannel,
                    std::max<std::size_t>(1, matrix.grouped ? layout.length : values.perChannel)};
    matrix.bits = bitsOf(params);
    matrix.factor = factorOf(params.scheme);
    const std::size_t sets = matrix.outputs * matrix.setsPerOutput();
    for (std::size_t i = 0; i < sets; ++i) {
        const SetForm form = formOf(params, params.sets[layout.count() == 1 ? 0 : i], tableStep);
        matrix.zero.push_back(form.zero);
        matrix.scale.push_back(form.scale);
        matrix.offset.push_back(form.offset);
    }
    if (std::all_of(matrix.offset.begin(), matrix.offset.end(), [](float offset) { return offset == 0; }))
        matrix.offset.clear();
    setCodes(matrix, values, params);
    return matrix;
}

} // namespace

CodesOf codesOf(const ChannelMajor& values, const ParamSets& params)
{
    if (const std::string reason = whyNot(values, params); !reason.empty())
        return {std::nullopt, reason};
    if (infoOf(params.scheme.format).family == Family::Cast)
        return {std::nullopt, "Half-precision weights are floats: they are multiplied as floats."};
    std::optional<IntegerTable> table;
    if (params.tables.size() == 1)
        table = integersOf(params.tables[0], bitsOf(params));
    if (!params.tables.empty() && !table)
        return {std::nullopt,
                "The levels of " + std::string(nameOf(params.scheme.format))
                    + " are no integers times a step: they are decoded and multiplied as floats."};
    CodeMatrix matrix = matrixOf(values, params, table ? table->step : 1);
    if (table)
        matrix.table = std::move(table->integers);
    matrix.validate();
    return {std::move(matrix), {}};
}

std::optional<LevelCodes> levelCodesOf(const ChannelMajor& values, const ParamSets& params)
{
    if (params.tables.size() != 1 || !whyNot(values, params).empty())
        return std::nullopt;
    LevelCodes result{matrixOf(values, params, 1), params.tables[0].values};
    result.levels.resize(std::size_t{1} << result.codes.bits);
    return result;
}

} // namespace quantoscope
