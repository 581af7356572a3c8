// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace quantoscope::bench {

/// The dense algebra that GPTQ cannot do without, by Eigen in float32 and compiled for this machine: XᵀX of
/// x [samples][features], its Cholesky factor, the inverse, the factor of that, and products of the size of the lazy
/// updates of `outputs` rows in blocks of 128 columns. Returns an element of the result.
float eigenGptqAlgebra(const float* x, std::size_t samples, std::size_t features, std::size_t outputs);

/// x · xᵀ of the Gram matrix's size alone: [features][features] times [features][rows].
float eigenProduct(const float* gram, const float* errors, std::size_t features, std::size_t rows);

} // namespace quantoscope::bench
