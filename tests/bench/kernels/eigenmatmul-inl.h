// SPDX-License-Identifier: GPL-3.0-or-later
// Defines QUANTOSCOPE_EIGEN_MATMUL as the instruction set of the including file compiles it. No include guard.
#include "tests/bench/kernels/eigenpeers.h"

#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

namespace quantoscope::bench {

void QUANTOSCOPE_EIGEN_MATMUL(const float* a, const float* b, float* c, const MatrixSizes& sizes)
{
    using Eigen::Index;
    using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto m = static_cast<Index>(sizes.m);
    const auto n = static_cast<Index>(sizes.n);
    const auto k = static_cast<Index>(sizes.k);
    const Eigen::Map<const RowMajor> weights(b, n, k);
    if (m == 1) { // Eigen's matrix times vector is faster than its product of matrices
        Eigen::Map<Eigen::VectorXf>(c, n).noalias() = weights * Eigen::Map<const Eigen::VectorXf>(a, k);
        return;
    }
    Eigen::Map<RowMajor>(c, m, n).noalias() = Eigen::Map<const RowMajor>(a, m, k) * weights.transpose();
}

} // namespace quantoscope::bench
