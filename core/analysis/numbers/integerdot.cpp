// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/numbers/integerdot.h"

#include "core/analysis/numbers/numbers.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

struct Side
{
    std::vector<std::int32_t> codes;
    float scale = 1;
    int zero = 0;
};

Side codesOf(const std::vector<float>& values, const Scheme& scheme, const std::string& what)
{
    if (scheme.format != Format::Int || scheme.grid == Grid::Offset || scheme.grid == Grid::MidRise)
        throw Error(ErrorCode::InvalidArgument,
                    "The integer product needs a grid of integers with a zero point or none for " + what
                        + ".");
    const NumbersPicture picture = numbersPicture(values, scheme);
    if (!picture.params)
        throw Error(ErrorCode::InvalidArgument, picture.issue);
    if (picture.params->sets.size() != 1)
        throw Error(ErrorCode::InvalidArgument,
                    "The integer product needs one scale for all of " + what + ".");
    Side side;
    side.scale = picture.params->sets.front().scale;
    side.zero = static_cast<int>(picture.params->sets.front().zeroPoint);
    for (const NumberRow& row : picture.rows)
        side.codes.push_back(row.step.code);
    return side;
}

std::int32_t clampToInt8(std::int64_t value)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -128, 127));
}

void check(const std::vector<float>& x, const std::vector<float>& w, float bias, float outputMax)
{
    if (x.empty() || x.size() != w.size())
        throw Error(ErrorCode::InvalidArgument, "Both vectors need the same number of values, at least one.");
    for (const auto* values : {&x, &w})
        for (const float value : *values)
            if (!std::isfinite(value))
                throw Error(ErrorCode::InvalidArgument, "The integer product needs finite values.");
    if (!std::isfinite(bias) || !(outputMax > 0) || !std::isfinite(outputMax))
        throw Error(ErrorCode::InvalidArgument,
                    "Bias and the largest output have to be finite, the latter above 0.");
}

} // namespace

IntegerDot integerDot(const std::vector<float>& x, const Scheme& schemeX, const std::vector<float>& w,
                      const Scheme& schemeW, float bias, float outputMax)
{
    check(x, w, bias, outputMax);
    const Side sideX = codesOf(x, schemeX, "the input");
    const Side sideW = codesOf(w, schemeW, "the weights");
    IntegerDot dot;
    dot.qx = sideX.codes;
    dot.qw = sideW.codes;
    dot.scaleX = sideX.scale;
    dot.scaleW = sideW.scale;
    dot.scaleY = outputMax / 127;
    dot.zeroX = sideX.zero;
    dot.zeroW = sideW.zero;
    std::int64_t sumX = 0;
    std::int64_t sumW = 0;
    dot.floatResult = static_cast<double>(bias);
    for (std::size_t i = 0; i < x.size(); ++i) {
        dot.products += static_cast<std::int64_t>(dot.qx[i]) * dot.qw[i];
        sumX += dot.qx[i];
        sumW += dot.qw[i];
        dot.floatResult += static_cast<double>(x[i]) * static_cast<double>(w[i]);
    }
    dot.weightTerm = -dot.zeroW * sumX;
    dot.inputTerm = -dot.zeroX * sumW;
    dot.constant = static_cast<std::int64_t>(x.size()) * dot.zeroX * dot.zeroW;
    dot.bias = quantizeBias({&bias, 1}, dot.scaleX, {&dot.scaleW, 1}).values.front();
    dot.accumulator = dot.products + dot.weightTerm + dot.inputTerm + dot.constant + dot.bias;
    if (dot.accumulator < std::numeric_limits<std::int32_t>::min()
        || dot.accumulator > std::numeric_limits<std::int32_t>::max())
        throw Error(ErrorCode::InvalidArgument,
                    "The sum does not fit 32 bits: take fewer bits or a smaller bias.");
    const double multiplier =
        static_cast<double>(dot.scaleX) * static_cast<double>(dot.scaleW) / static_cast<double>(dot.scaleY);
    dot.multiplier = fixedPointOf(multiplier);
    const auto sum = static_cast<std::int32_t>(dot.accumulator);
    dot.gemmlowp = clampToInt8(requantize(sum, dot.multiplier, Requantization::GemmlowpDouble) + dot.zeroY);
    dot.single = clampToInt8(requantize(sum, dot.multiplier, Requantization::Single) + dot.zeroY);
    dot.exact = static_cast<double>(dot.accumulator) * multiplier + dot.zeroY;
    return dot;
}

} // namespace quantoscope
