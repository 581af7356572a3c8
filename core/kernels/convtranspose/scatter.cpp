// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/scatter.h"

namespace quantoscope {

std::vector<RowRange> bandsOf(const TransposeGeometry& geometry, std::size_t sums, std::size_t leastPixels)
{
    const auto columns = static_cast<std::size_t>(geometry.groupOutputs() * geometry.taps());
    const auto pixels = static_cast<std::int64_t>(std::max(sums / columns, leastPixels));
    const std::int64_t shared = (geometry.y.reach() - 1) / geometry.y.stride;
    const std::int64_t rows = std::max({pixels / geometry.x.input, 4 * shared, std::int64_t{1}});
    const std::int64_t height = geometry.y.output();
    const std::int64_t step = rows > height / geometry.y.stride ? height : rows * geometry.y.stride;
    std::vector<RowRange> bands;
    for (std::int64_t first = 0; first < height; first += step)
        bands.push_back({first, std::min(first + step, height)});
    return bands;
}

} // namespace quantoscope
