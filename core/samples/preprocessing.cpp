// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/preprocessing.h"

#include "core/samples/resize.h"
#include "core/support/error.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace quantoscope {

namespace {

bool hasOnes(ImageColour colour) { return colour == ImageColour::RgbOne || colour == ImageColour::BgrOne; }
bool isReversed(ImageColour colour) { return colour == ImageColour::Bgr || colour == ImageColour::BgrOne; }

std::size_t channelsOf(ImageColour colour)
{
    return colour == ImageColour::Gray ? 1 : hasOnes(colour) ? 4 : 3;
}

[[noreturn]] void reject(const InputSpec& input, const std::string& reason)
{
    throw Error(ErrorCode::InvalidArgument,
                "Images do not fit input '" + input.name + "' of shape " + openText(input.shape) + ": "
                    + reason + ".",
                input.name);
}

bool isChannelCount(std::int64_t count, ImageColour colour)
{
    if (colour == ImageColour::Automatic)
        return count == 1 || count == 3;
    return count == static_cast<std::int64_t>(channelsOf(colour));
}

/// Sets `side` to the input's length, which it has to be where both are known.
void fitSide(std::size_t& side, std::int64_t length, const char* what, const InputSpec& input)
{
    if (length < 0 && side == 0)
        reject(input, std::string("its ") + what + " is open; set it with size=WIDTHxHEIGHT");
    if (length >= 0 && side != 0 && side != static_cast<std::size_t>(length))
        reject(input, std::string("its ") + what + " is " + std::to_string(length) + ", but "
                          + std::to_string(side) + " is asked for");
    side = length >= 0 ? static_cast<std::size_t>(length) : side;
}

/// Part of a larger image, or a larger image around one.
Image placed(const Image& image, std::size_t width, std::size_t height, std::size_t left, std::size_t top,
             std::uint8_t around)
{
    Image result{width, height, image.channels, {}};
    result.pixels.assign(width * height * image.channels, around);
    for (std::size_t y = 0; y < std::min(height, image.height - top); ++y)
        std::copy_n(image.pixels.data() + ((y + top) * image.width + left) * image.channels,
                    std::min(width, image.width - left) * image.channels,
                    result.pixels.data() + y * width * image.channels);
    return result;
}

std::size_t scaledSide(std::size_t side, double factor, std::size_t least, std::size_t most)
{
    const auto rounded = static_cast<std::size_t>(std::floor(static_cast<double>(side) * factor + 0.5));
    return std::clamp(rounded, least, most);
}

Image fitted(const Image& image, const Preprocessing& to)
{
    if (to.fit == ImageFit::Stretch)
        return resized(image, to.width, to.height);
    const double x = static_cast<double>(to.width) / static_cast<double>(image.width);
    const double y = static_cast<double>(to.height) / static_cast<double>(image.height);
    if (to.fit == ImageFit::Pad) {
        const double factor = std::min(x, y);
        return placed(resized(image, scaledSide(image.width, factor, 1, to.width),
                              scaledSide(image.height, factor, 1, to.height)),
                      to.width, to.height, 0, 0, static_cast<std::uint8_t>(to.pad));
    }
    // The part that will be left, before resizing: a long strip would grow without bound otherwise.
    const double factor = std::max(x, y);
    const std::size_t width = scaledSide(to.width, 1 / factor, 1, image.width);
    const std::size_t height = scaledSide(to.height, 1 / factor, 1, image.height);
    return resized(placed(image, width, height, (image.width - width) / 2, (image.height - height) / 2, 0),
                   to.width, to.height);
}

double entryOf(const std::vector<double>& values, std::size_t channel, double fallback)
{
    return values.empty() ? fallback : values[values.size() == 1 ? 0 : channel];
}

} // namespace

Preprocessing fittedTo(Preprocessing to, const InputSpec& input)
{
    const Shape& shape = input.shape;
    if (shape.size() != 4)
        reject(input, "images need an input [N,C,H,W] or [N,H,W,C]");
    if (to.layout == InputLayout::Automatic) {
        const bool first = isChannelCount(shape[1], to.colour);
        if (!first && !isChannelCount(shape[3], to.colour))
            reject(input, "neither axis 1 nor axis 3 has the 1 (gray) or 3 channels of an image"
                          " (or those of the color asked for); 4 channels need color=rgb1 or bgr1");
        to.layout = first ? InputLayout::Nchw : InputLayout::Nhwc;
    }
    const bool nchw = to.layout == InputLayout::Nchw;
    const std::int64_t channels = shape[nchw ? 1 : 3];
    if (to.colour == ImageColour::Automatic)
        to.colour = channels == 1 ? ImageColour::Gray : ImageColour::Rgb;
    if (channels >= 0 && !isChannelCount(channels, to.colour))
        reject(input, "it has " + std::to_string(channels) + " channels, but the images "
                          + std::to_string(channelsOf(to.colour)) + "; see layout= and color=");
    fitSide(to.height, shape[nchw ? 2 : 1], "height", input);
    fitSide(to.width, shape[nchw ? 3 : 2], "width", input);
    checkImageSize(to.width, to.height);
    const std::size_t colours = std::min<std::size_t>(3, channelsOf(to.colour));
    for (const std::vector<double>* values : {&to.mean, &to.std})
        if (values->size() > 1 && values->size() != colours)
            reject(input, std::string(values == &to.mean ? "mean" : "std") + " has "
                              + std::to_string(values->size()) + " numbers, but there are "
                              + std::to_string(colours) + " color channels");
    return to;
}

std::vector<float> preprocessed(const Image& image, const Preprocessing& to)
{
    assert(to.width > 0 && to.height > 0 && to.layout != InputLayout::Automatic);
    const std::size_t channels = channelsOf(to.colour);
    const std::size_t colours = std::min<std::size_t>(3, channels);
    const Image pixels = fitted(withChannels(image, colours), to);
    const std::size_t count = to.width * to.height;
    const bool nchw = to.layout == InputLayout::Nchw;
    std::vector<float> values(count * channels, 1.0f); // the ones stay
    for (std::size_t c = 0; c < colours; ++c) {
        std::array<float, 256> table;
        for (std::size_t v = 0; v < table.size(); ++v)
            table[v] = static_cast<float>((static_cast<double>(v) * to.scale - entryOf(to.mean, c, 0))
                                          / entryOf(to.std, c, 1));
        const std::size_t from = isReversed(to.colour) ? colours - 1 - c : c;
        for (std::size_t i = 0; i < count; ++i)
            values[nchw ? c * count + i : i * channels + c] = table[pixels.pixels[i * colours + from]];
    }
    return values;
}

Shape sampleShapeOf(const Preprocessing& to)
{
    const auto channels = static_cast<std::int64_t>(channelsOf(to.colour));
    const auto height = static_cast<std::int64_t>(to.height);
    const auto width = static_cast<std::int64_t>(to.width);
    return to.layout == InputLayout::Nchw ? Shape{channels, height, width} : Shape{height, width, channels};
}

} // namespace quantoscope
