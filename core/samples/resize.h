// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/image.h"

namespace quantoscope {

/// Antialiased bilinear: along each axis, first x then y, with r = from/to and f = max(1, r), pixel i of the result is
/// Σ_j w_ij·p_j over the pixels j whose centres lie within f of c = (i + 1/2)·r, the weights a triangle, in proportion
/// to max(0, 1 - |j + 1/2 - c|/f), of sum 1. Enlarging is plain bilinear with the edge repeated; reducing weighs every pixel that the
/// result covers. Weights are integers of 22 fractional bits and each axis gives 8-bit values rounded to nearest, so the result is
/// the same on every machine (and as programs that work on 8-bit images, Pillow's BILINEAR among them, define it). An axis that
/// keeps its length is left alone. `width`, `height` >= 1.
Image resized(const Image& image, std::size_t width, std::size_t height);

} // namespace quantoscope
