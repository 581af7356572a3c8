// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// Where the codes of an image lie.
struct ImageView
{
    const std::int8_t* codes = nullptr;
    ImageLayout layout = ImageLayout::Nchw;
    std::size_t channels = 0;
    std::size_t height = 0;
    std::size_t width = 0;
};

/// Pixels [x, x + pixels) of row y, `channels` of them from `firstChannel`, as [pixel][pixelCodes]; the codes of a pixel behind
/// its channels are 0. Thread-safe.
void gatherPixels(Isa isa, const ImageView& image, std::size_t y, std::size_t x, std::size_t pixels,
                  std::size_t firstChannel, std::size_t channels, std::size_t pixelCodes, std::int8_t* out);
/// The same widened; `spare`: room for pixels · channels bytes.
void gatherPixels(Isa isa, const ImageView& image, std::size_t y, std::size_t x, std::size_t pixels,
                  std::size_t firstChannel, std::size_t channels, std::size_t pixelCodes, std::int16_t* out,
                  std::int8_t* spare);

} // namespace quantoscope
