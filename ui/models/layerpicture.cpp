// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layerpicture.h"

#include "core/quant/formats.h"

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

bool hasLevels(const LayerPicture& picture)
{
    const auto& table = picture.detail.grid.table;
    return picture.detail.report.params && !(table && table->values.empty());
}

bool hasFarLevels(const LayerPicture& picture)
{
    return infoOf(picture.scheme().format).family == Family::Cast;
}

Interval shownLevelEnds(const LayerPicture& picture) { return picture.detail.grid.ends(); }

} // namespace quantoscope
