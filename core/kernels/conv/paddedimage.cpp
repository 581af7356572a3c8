// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/paddedimage.h"

#include "core/kernels/conv/copypixels.h"
#include "core/kernels/conv/joinplanes.h"
#include "core/kernels/conv/transpose.h"

#include <algorithm>
#include <cstring>

namespace quantoscope {

namespace {

template <typename Code>
void clearRest(std::size_t pixels, std::size_t channels, std::size_t pixelCodes, Code* out)
{
    if (channels == pixelCodes)
        return;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, out += pixelCodes)
        clearPixel((pixelCodes - channels) * sizeof(Code), reinterpret_cast<std::int8_t*>(out + channels));
}

/// Plane by plane: pixels become rows. Strips of a cache line keep the lines written to in the first cache.
void gatherPlanes(Isa isa, const ImageView& image, const std::int8_t* first, std::size_t pixels,
                  std::size_t channels, std::size_t pixelCodes, std::int8_t* out)
{
    if (const JoinThreePlanes join = joinThreePlanes(isa);
        join != nullptr && channels == 3 && pixelCodes == 3)
        return join(first, image.height * image.width, pixels, out);
    constexpr std::size_t strip = 64;
    for (std::size_t pixel = 0; pixel < pixels; pixel += strip)
        transpose(isa, first + pixel, image.height * image.width, channels, std::min(strip, pixels - pixel),
                  out + pixel * pixelCodes, pixelCodes);
}

const std::int8_t* firstCode(const ImageView& image, std::size_t y, std::size_t x, std::size_t channel)
{
    return image.layout == ImageLayout::Nhwc ? image.codes + (y * image.width + x) * image.channels + channel
                                             : image.codes + (channel * image.height + y) * image.width + x;
}

} // namespace

void gatherPixels(Isa isa, const ImageView& image, std::size_t y, std::size_t x, std::size_t pixels,
                  std::size_t firstChannel, std::size_t channels, std::size_t pixelCodes, std::int8_t* out)
{
    const std::int8_t* const first = firstCode(image, y, x, firstChannel);
    clearRest(pixels, channels, pixelCodes, out);
    const bool isCopy = image.layout == ImageLayout::Nchw ? channels == 1 : channels == image.channels;
    if (isCopy && channels == pixelCodes)
        std::memcpy(out, first, pixels * channels);
    else if (image.layout == ImageLayout::Nchw)
        gatherPlanes(isa, image, first, pixels, channels, pixelCodes, out);
    else
        for (std::size_t pixel = 0; pixel < pixels; ++pixel)
            copyPixel(first + pixel * image.channels, channels, out + pixel * pixelCodes);
}

void gatherPixels(Isa isa, const ImageView& image, std::size_t y, std::size_t x, std::size_t pixels,
                  std::size_t firstChannel, std::size_t channels, std::size_t pixelCodes, std::int16_t* out,
                  std::int8_t* spare)
{
    const std::int8_t* from = firstCode(image, y, x, firstChannel);
    std::size_t stride = image.channels;
    if (image.layout == ImageLayout::Nchw) {
        gatherPlanes(isa, image, from, pixels, channels, channels, spare);
        from = spare;
        stride = channels;
    }
    clearRest(pixels, channels, pixelCodes, out);
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, from += stride, out += pixelCodes)
        for (std::size_t channel = 0; channel < channels; ++channel)
            out[channel] = from[channel];
}

} // namespace quantoscope
