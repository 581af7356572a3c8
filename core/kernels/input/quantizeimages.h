// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "core/kernels/input/activationrules.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>

namespace quantoscope {

/// Images of floats.
struct FloatImages
{
    const float* values = nullptr;
    std::size_t images = 0;
    std::size_t channels = 0;
    std::size_t height = 0;
    std::size_t width = 0;
    ImageLayout layout = ImageLayout::Nchw;

    std::size_t imageSize() const { return channels * height * width; }
};

/// What surrounds the pixels of an image of integers, all of it 0.
struct PixelPadding
{
    std::size_t top = 0;
    std::size_t bottom = 0;
    std::size_t left = 0;
    std::size_t right = 0;
    std::size_t channels = 0; ///< behind the channels of each pixel
};

/// Elements that quantizeImages() writes.
std::size_t paddedSize(const FloatImages& input, const PixelPadding& padding);

/// Floats in either layout to packed integers [images][padded y][padded x][padded channels], transposed while they are in the
/// first cache. `terms`: one an image, filled in with what the integers stand for and their sums over the real pixels. Dynamic rules
/// per row mean per image. Returns how many values were not finite. Parallel over rows of pixels; the same for any number of
/// threads. Throws Error(InvalidArgument) as RowRules does, for other counts of terms, and where a sum passes int32; Cancelled.
std::size_t quantizeImages(Isa isa, const FloatImages& input, const ActivationRules& rules,
                           const PixelPadding& padding, std::int8_t* out, std::span<RowTerms> terms,
                           std::stop_token stop = {});

} // namespace quantoscope
