// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/image.h"
#include "core/support/error.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <png.h>
#include <string>

namespace quantoscope {

namespace {

/// Everything that outlives a jump out of libpng; no function that jumps owns anything.
struct Reading
{
    std::span<const std::byte> rest;
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::array<char, 200> error = {};
    std::size_t width = 0;
    std::size_t height = 0;
    std::size_t channels = 0; ///< with alpha: 1 to 4
    std::vector<std::uint8_t> pixels;
    std::vector<png_bytep> rows;

    Reading() = default;
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void onError(png_structp png, png_const_charp message)
{
    auto& error = static_cast<Reading*>(png_get_error_ptr(png))->error;
    std::strncpy(error.data(), message, error.size() - 1);
    png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) {}

void onRead(png_structp png, png_bytep out, std::size_t count)
{
    auto& rest = static_cast<Reading*>(png_get_io_ptr(png))->rest;
    if (count > rest.size())
        png_error(png, "it ends too early");
    std::memcpy(out, rest.data(), count);
    rest = rest.subspan(count);
}

/// Up to the pixels: their size, and all kinds of them made 8-bit grey or colour with or without alpha.
bool readHead(Reading& reading)
{
    if (setjmp(png_jmpbuf(reading.png)))
        return false;
    png_set_user_limits(reading.png, 0x7fffffff, 0x7fffffff); // checkImageSize() says it better
    png_set_chunk_malloc_max(reading.png, 8u << 20);
    png_set_read_fn(reading.png, &reading, onRead);
    png_read_info(reading.png, reading.info);
    png_set_expand(reading.png);
    png_set_scale_16(reading.png);
    png_set_interlace_handling(reading.png);
    reading.width = png_get_image_width(reading.png, reading.info);
    reading.height = png_get_image_height(reading.png, reading.info);
    return true;
}

bool updateHead(Reading& reading)
{
    if (setjmp(png_jmpbuf(reading.png)))
        return false;
    png_read_update_info(reading.png, reading.info);
    reading.channels = png_get_channels(reading.png, reading.info);
    return png_get_rowbytes(reading.png, reading.info) == reading.width * reading.channels;
}

bool readPixels(Reading& reading)
{
    if (setjmp(png_jmpbuf(reading.png)))
        return false;
    png_read_image(reading.png, reading.rows.data());
    png_read_end(reading.png, nullptr);
    return true;
}

Image overWhite(const Reading& reading)
{
    const bool hasAlpha = reading.channels % 2 == 0;
    Image image{reading.width, reading.height, reading.channels - (hasAlpha ? 1 : 0), {}};
    if (!hasAlpha) {
        image.pixels = reading.pixels;
        return image;
    }
    const std::size_t count = image.width * image.height;
    image.pixels.resize(count * image.channels);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* from = reading.pixels.data() + i * reading.channels;
        const unsigned alpha = from[image.channels];
        for (std::size_t c = 0; c < image.channels; ++c)
            image.pixels[i * image.channels + c] =
                static_cast<std::uint8_t>((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
    return image;
}

void check(bool ok, const Reading& reading)
{
    if (!ok)
        throw Error(ErrorCode::FileFormat, std::string("the PNG is damaged: ")
                                               + (reading.error[0] ? reading.error.data() : "row size"));
}

} // namespace

Image decodePng(std::span<const std::byte> bytes)
{
    Reading reading;
    reading.rest = bytes;
    reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, onError, onWarning);
    reading.info = reading.png ? png_create_info_struct(reading.png) : nullptr;
    check(reading.info && readHead(reading), reading);
    checkImageSize(reading.width, reading.height);
    check(updateHead(reading), reading);
    reading.pixels.resize(reading.width * reading.height * reading.channels);
    for (std::size_t y = 0; y < reading.height; ++y)
        reading.rows.push_back(reading.pixels.data() + y * reading.width * reading.channels);
    check(readPixels(reading), reading);
    return overWhite(reading);
}

} // namespace quantoscope
