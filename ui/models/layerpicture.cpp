// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layerpicture.h"

namespace quantoscope {

namespace {

/// The shown grid as a parameter set of its own, for `count` values.
ParamSets shownParams(const LayerPicture& picture, std::size_t count)
{
    ParamSets params;
    params.scheme = picture.scheme();
    params.codes = codeRange(params.scheme);
    // Drawing the chance of the seed would show noise; the step itself is what is meant.
    if (params.scheme.rounding.kind == Rounding::Kind::Stochastic)
        params.scheme.rounding = {};
    if (picture.detail.normalized && params.scheme.format == Format::Binary) {
        // In code coordinates the two values sit at 0 and 1 and the threshold half-way.
        params.scheme.format = Format::Int;
        params.scheme.grid = Grid::Offset;
        params.scheme.rounding.kind = Rounding::Kind::HalfUp;
    }
    params.scheme.granularity = {};
    params.layout = {.channels = 1, .perChannel = count, .length = count};
    params.sets = {picture.detail.grid};
    return params;
}

QuantizedValues quantizeShown(const LayerPicture& picture, std::span<const float> x)
{
    ChannelMajor values;
    values.values = x;
    values.channels = 1;
    values.perChannel = x.size();
    return quantize(values, shownParams(picture, x.size()));
}

} // namespace

QuantizedPoint quantizePoint(const LayerPicture& picture, double x)
{
    const float value = static_cast<float>(x);
    const auto result = quantizeShown(picture, {&value, 1});
    return {.code = result.codes.front(), .value = static_cast<double>(result.values.front())};
}

std::vector<float> quantizeCurve(const LayerPicture& picture, std::vector<float> x)
{
    return quantizeShown(picture, x).values;
}

Interval shownLevelEnds(const LayerPicture& picture)
{
    const CodeRange codes = codeRange(picture.scheme());
    if (picture.detail.normalized)
        return {static_cast<float>(codes.min), static_cast<float>(codes.max)};
    return levelEnds(picture.detail.grid, codes);
}

} // namespace quantoscope
