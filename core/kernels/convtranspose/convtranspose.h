// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "core/kernels/convtranspose/packedtranspose.h"

namespace quantoscope {

/// Σ over the pixels and taps that meet at a position of (fw·c - zero)(fa·p - zero): exact integers, then what `output` makes of them,
/// by `geometry`, which has the packed weights' channels and taps. No pixel stands for what is not there, so that zero points are
/// corrected product by product. A tile of products is summed over channels at once; these sums go to their positions while
/// they are in a cache. The same bits for any number of threads, layout and instruction set. Parallel over images, groups and
/// bands of rows. `scratch`: not shared between calls that run at the same time. Activations have no real offset.
/// Throws Error(InvalidArgument) where sizes differ from the geometry or sums could pass int32; Cancelled.
void convolveTransposed(const PackedTranspose& packed, const TransposeGeometry& geometry,
                        const ConvInput& input, const ConvOutput& output, ConvScratch& scratch,
                        std::stop_token stop = {});

} // namespace quantoscope
