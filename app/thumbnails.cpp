// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/thumbnails.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr std::int64_t smallest = 4; ///< fewer pixels a side are no picture
constexpr std::int64_t largest = 4096;
constexpr int height = 56; ///< sharp at twice the size of a row

struct Layout
{
    std::int64_t channels = 0; ///< 0: no image
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    bool channelsLast = false;
};

Layout layoutOf(const Shape& shape)
{
    Layout found;
    if (shape.size() == 3)
        found = {1, shape[1], shape[2], false};
    else if (shape.size() == 4 && (shape[1] == 1 || shape[1] == 3))
        found = {shape[1], shape[2], shape[3], false};
    else if (shape.size() == 4 && (shape[3] == 1 || shape[3] == 3))
        found = {shape[3], shape[1], shape[2], true};
    const auto isSide = [](std::int64_t side) { return side >= smallest && side <= largest; };
    return isSide(found.rows) && isSide(found.columns) ? found : Layout{};
}

QImage imageOf(std::span<const float> values, const Layout& layout)
{
    float lo = INFINITY;
    float hi = -INFINITY;
    for (const float x : values) {
        if (std::isfinite(x)) {
            lo = std::min(lo, x);
            hi = std::max(hi, x);
        }
    }
    const auto gray = [&](std::int64_t row, std::int64_t column, std::int64_t channel) {
        const std::int64_t own = std::min(channel, layout.channels - 1);
        const std::int64_t at = layout.channelsLast ? (row * layout.columns + column) * layout.channels + own
                                                    : (own * layout.rows + row) * layout.columns + column;
        const float x = values[static_cast<std::size_t>(at)];
        return hi > lo && std::isfinite(x) ? static_cast<int>(std::lround((x - lo) / (hi - lo) * 255)) : 0;
    };
    QImage image(static_cast<int>(layout.columns), static_cast<int>(layout.rows), QImage::Format_RGB32);
    for (int row = 0; row < image.height(); ++row)
        for (int column = 0; column < image.width(); ++column)
            image.setPixel(column, row,
                           qRgb(gray(row, column, 0), gray(row, column, 1), gray(row, column, 2)));
    QImage small = image.scaledToHeight(height, Qt::SmoothTransformation);
    small.setDevicePixelRatio(2);
    return small;
}

} // namespace

QImage thumbnailOf(const SampleSource& source, std::size_t index)
{
    for (const InputValue& input : source.read(std::span(&index, 1))) {
        const Layout layout = layoutOf(input.tensor.shape);
        if (layout.channels > 0 && input.tensor.shape[0] == 1)
            return imageOf(floatsOf(input.tensor).values, layout);
    }
    return {};
}

} // namespace quantoscope
