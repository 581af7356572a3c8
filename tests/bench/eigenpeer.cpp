// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/eigenpeer.h"

#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace quantoscope::bench {

using Eigen::Index;
using Eigen::MatrixXf;

float eigenGptqAlgebra(const float* x, std::size_t samples, std::size_t features, std::size_t outputs)
{
    constexpr Index block = 128;
    const auto n = static_cast<Index>(features);
    const auto rows = static_cast<Index>(outputs);
    const Eigen::Map<const MatrixXf> inputs(x, n, static_cast<Index>(samples));
    MatrixXf hessian = MatrixXf::Zero(n, n);
    hessian.selfadjointView<Eigen::Lower>().rankUpdate(inputs, 2 / static_cast<float>(samples));
    hessian.diagonal().array() += 0.01f * hessian.diagonal().mean();
    const Eigen::LLT<MatrixXf> factor(hessian);
    const MatrixXf inverse = factor.solve(MatrixXf::Identity(n, n));
    const MatrixXf upper = Eigen::LLT<MatrixXf>(inverse).matrixU();
    MatrixXf weights = MatrixXf::Ones(rows, n);
    const MatrixXf errors = MatrixXf::Constant(rows, block, 0.01f);
    for (Index j = block; j < n; j += block)
        weights.rightCols(n - j).noalias() -= errors * upper.block(j - block, j, block, n - j);
    return weights(rows - 1, n - 1);
}

float eigenProduct(const float* gram, const float* errors, std::size_t features, std::size_t rows)
{
    const auto n = static_cast<Index>(features);
    const Eigen::Map<const MatrixXf> matrix(gram, n, n);
    const Eigen::Map<const MatrixXf> right(errors, n, static_cast<Index>(rows));
    MatrixXf product(n, right.cols());
    product.noalias() = matrix * right;
    return product(n - 1, 0);
}

} // namespace quantoscope::bench
