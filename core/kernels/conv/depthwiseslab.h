// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// Sizes of the padded rows that a depthwise task reads: [row][padded x][lanes] of uint8 or int16.
struct SlabSizes
{
    explicit SlabSizes(const PackedConv& conv);

    std::size_t width = 0;
    std::size_t codeBytes = 1;
    std::size_t pixelBytes = 0;
    std::size_t rowBytes = 0;
    std::size_t rowsOfTask = 1; ///< output rows
    std::size_t rowsFor(const ConvAxis& y, std::size_t outputRows) const;
};

/// Copies padded rows [first, first + rows) of an image into the task's memory; a channel is there once for each of its outputs.
const std::byte* fillSlab(const PackedConv& conv, const ConvInput& input, const SlabSizes& sizes,
                          std::size_t image, std::int64_t first, std::size_t rows, ConvScratch::Task& task);

} // namespace quantoscope
