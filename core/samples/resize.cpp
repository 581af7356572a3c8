// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/resize.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr int fraction =
    22; // 8-bit values times weights of sum 1 fit into 32 bits, with headroom for rounding

/// What one pixel of the result is made of.
struct Taps
{
    std::size_t first = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Taps> tapsFor(std::size_t from, std::size_t to)
{
    const double ratio = static_cast<double>(from) / static_cast<double>(to);
    const double reach = std::max(1.0, ratio);
    std::vector<Taps> all(to);
    for (std::size_t i = 0; i < to; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) * ratio;
        // Pixels whose centres lie within reach; a weight of 0 at the very end does no harm.
        const double low = std::max(0.0, std::floor(centre - reach + 0.5));
        const double high = std::min(static_cast<double>(from), std::floor(centre + reach + 0.5));
        all[i].first = static_cast<std::size_t>(low);
        std::vector<double> weights;
        double sum = 0;
        for (double j = low; j < high; ++j) {
            weights.push_back(std::max(0.0, 1 - std::abs((j - centre + 0.5) / reach)));
            sum += weights.back();
        }
        for (const double weight : weights)
            all[i].weights.push_back(
                static_cast<std::int32_t>(std::floor(weight / sum * (1 << fraction) + 0.5)));
    }
    return all;
}

/// Weighs along one axis: `step` values between neighbours on it.
std::uint8_t weigh(const Taps& taps, const std::uint8_t* line, std::size_t step)
{
    std::int32_t sum = 1 << (fraction - 1);
    for (std::size_t j = 0; j < taps.weights.size(); ++j)
        sum += taps.weights[j] * line[(taps.first + j) * step];
    return static_cast<std::uint8_t>(std::clamp(sum >> fraction, 0, 255));
}

Image resizedRows(const Image& image, std::size_t width)
{
    const std::vector<Taps> taps = tapsFor(image.width, width);
    Image result{width, image.height, image.channels, {}};
    result.pixels.reserve(width * image.height * image.channels);
    for (std::size_t y = 0; y < image.height; ++y)
        for (const Taps& one : taps)
            for (std::size_t c = 0; c < image.channels; ++c)
                result.pixels.push_back(
                    weigh(one, image.pixels.data() + y * image.width * image.channels + c, image.channels));
    return result;
}

Image resizedColumns(const Image& image, std::size_t height)
{
    const std::size_t row = image.width * image.channels;
    Image result{image.width, height, image.channels, {}};
    result.pixels.reserve(row * height);
    for (const Taps& one : tapsFor(image.height, height))
        for (std::size_t x = 0; x < row; ++x)
            result.pixels.push_back(weigh(one, image.pixels.data() + x, row));
    return result;
}

} // namespace

Image resized(const Image& image, std::size_t width, std::size_t height)
{
    if (width == image.width && height == image.height)
        return image;
    const Image rows = width == image.width ? image : resizedRows(image, width);
    return height == rows.height ? rows : resizedColumns(rows, height);
}

} // namespace quantoscope
