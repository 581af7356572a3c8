// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"

namespace quantoscope {

/// Images ready for the tile kernel: padded with zeroCode() or p = 0, and what each output position carries.
struct PaddedImages
{
    const std::byte* codes = nullptr; ///< [image][group][padded y][padded x][pixelCodes]
    std::size_t imageBytes = 0;
    std::size_t groupBytes = 0;
    const RowTerms* rows =
        nullptr; ///< [image][group][position], or [image][sameRows] where sums do not matter
    bool hasSums = false;
    std::size_t positions = 0;
    std::size_t groups = 1;

    /// At most sameRows may be read where there are no sums.
    const RowTerms* rowsAt(std::size_t image, std::size_t group, std::size_t position) const
    {
        return hasSums ? rows + (image * groups + group) * positions + position : rows + image * sameRows;
    }
    static constexpr std::size_t sameRows = 16;
};

/// Copies, or takes `input` as it is where nothing has to be padded, reordered or widened.
PaddedImages padImages(const PackedConv& conv, const ConvInput& input, ConvScratch& scratch,
                       std::stop_token stop);

/// Direct convolution: one segment of the tile kernel for each kernel row or tap, nothing is copied out. `conv.dense` is packed,
/// sizes are checked.
void convolveDense(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                   ConvScratch& scratch, std::stop_token stop);

} // namespace quantoscope
