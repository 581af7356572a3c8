// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layerpicture.h"

namespace quantoscope {

QuantizedPoint quantizePoint(const LayerPicture& picture, double x)
{
    const LevelGrid& grid = picture.detail.grid;
    const int code = grid.codeOf(static_cast<float>(x));
    return {.code = code, .value = static_cast<double>(grid.valueOf(code))};
}

std::vector<float> quantizeCurve(const LayerPicture& picture, std::vector<float> x)
{
    std::vector<float> values(x.size());
    picture.detail.grid.quantize(x, values);
    return values;
}

Interval shownLevelEnds(const LayerPicture& picture) { return picture.detail.grid.ends(); }

} // namespace quantoscope
