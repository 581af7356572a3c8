// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/geometry.h"

namespace quantoscope {

/// out[y][x] = Σ weight · pixel over the taps on the image, in the order kernel y, kernel x: one channel of an image, one of the
/// kernel's planes [kernel y][kernel x]. Multiplied and added one by one: the same bits everywhere; in double integers are exact
/// as long as sums stay below 2^53. `out` overlaps nothing. Thread-safe.
void sumPlane(const ConvGeometry& geometry, const float* image, const float* weights, float* out);
void sumPlane(const ConvGeometry& geometry, const double* image, const double* weights, double* out);

} // namespace quantoscope
