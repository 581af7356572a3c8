// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace quantoscope {

/// 8-bit pixels as stored (no gamma), rows from the top, channels interleaved.
struct Image
{
    std::size_t width = 0;
    std::size_t height = 0;
    std::size_t channels = 0; ///< 1 grey, 3 red green blue
    std::vector<std::uint8_t> pixels;
};

/// Limits checked before a pixel is allocated.
constexpr std::size_t maxImageSide = 32768;
constexpr std::size_t maxImagePixels = std::size_t{1} << 26;

/// A PNG (any colour type; 16 bits to the nearest of 8; what is transparent laid over white: v' = (v·a + 255·(255 - a))/255
/// rounded) or a JPEG (grey or colour; no CMYK), told by its first bytes. Colour profiles and EXIF rotation are not applied.
/// Throws Error naming the file: unreadable, neither of them, damaged or cut off at any place, above the limits.
Image readImage(const std::filesystem::path& path);

/// Throw Error without a file's name. For readImage().
Image decodePng(std::span<const std::byte> bytes);
Image decodeJpeg(std::span<const std::byte> bytes);
/// Throws Error(Unsupported) above the limits, Error(FileFormat) for a side of 0.
void checkImageSize(std::size_t width, std::size_t height);

/// Grey by ITU-R BT.601 in 16-bit fixed point, (19595 R + 38470 G + 7471 B + 32768) >> 16; colour out of grey repeats it.
Image withChannels(const Image& image, std::size_t channels);

} // namespace quantoscope
