// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/image.h"

#include "core/support/error.h"
#include "core/support/mappedfile.h"

#include <string>
#include <string_view>

namespace quantoscope {

Image readImage(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    const std::string_view start(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    try {
        if (start.starts_with("\x89PNG"))
            return decodePng(file->bytes());
        if (start.starts_with("\xFF\xD8"))
            return decodeJpeg(file->bytes());
        throw Error(ErrorCode::FileFormat,
                    start.empty() ? "the file is empty" : "it is neither a PNG nor a JPEG");
    } catch (const Error& error) {
        throw Error(error.code(), "Cannot read the image '" + path.string() + "': " + error.what() + ".",
                    path.string());
    }
}

void checkImageSize(std::size_t width, std::size_t height)
{
    const std::string size = std::to_string(width) + "×" + std::to_string(height);
    if (width == 0 || height == 0)
        throw Error(ErrorCode::FileFormat, "its size is " + size);
    if (width > maxImageSide || height > maxImageSide || width * height > maxImagePixels)
        throw Error(ErrorCode::Unsupported,
                    "its " + size + " pixels are more than the " + std::to_string(maxImagePixels) + " (or "
                        + std::to_string(maxImageSide) + " on a side) that are read; make it smaller");
}

Image withChannels(const Image& image, std::size_t channels)
{
    if (image.channels == channels)
        return image;
    Image result{image.width, image.height, channels, {}};
    const std::size_t count = image.width * image.height;
    result.pixels.resize(count * channels);
    for (std::size_t i = 0; i < count; ++i) {
        if (channels == 3) {
            for (std::size_t c = 0; c < 3; ++c)
                result.pixels[3 * i + c] = image.pixels[i];
            continue;
        }
        const std::uint8_t* rgb = image.pixels.data() + 3 * i;
        result.pixels[i] =
            static_cast<std::uint8_t>((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
    }
    return result;
}

} // namespace quantoscope
