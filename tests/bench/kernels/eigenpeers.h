// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace quantoscope::bench {

/// A product of row-major matrices in float32, c [m][n] = a [m][k] · b [n][k]ᵀ: the weights lie as layers store them.
struct MatrixSizes
{
    std::size_t m = 0;
    std::size_t n = 0;
    std::size_t k = 0;
};

/// By Eigen compiled for this machine, single-threaded.
void eigenMatMulNative(const float* a, const float* b, float* c, const MatrixSizes& sizes);

/// By Eigen compiled for AVX2 and FMA; not to be called without them.
void eigenMatMulAvx2(const float* a, const float* b, float* c, const MatrixSizes& sizes);

} // namespace quantoscope::bench
