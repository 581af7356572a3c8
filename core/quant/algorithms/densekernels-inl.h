// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Included once per instruction set by densekernels_*.cpp, which define DENSE_KERNELS, the name of their table. With
// -DEigen=… every instruction set has its own copy of Eigen: no function of one is ever linked into another.
#include "core/quant/algorithms/densekernels.h"

#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

#include <Eigen/Cholesky>

namespace quantoscope {

namespace {

using Eigen::Index;
using Eigen::OuterStride;
using MatrixF = Eigen::MatrixXf;
using MatrixD = Eigen::MatrixXd;
using RowsF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ArrayF = Eigen::Map<Eigen::ArrayXf>;
using ConstArrayF = Eigen::Map<const Eigen::ArrayXf>;
using StridedF = Eigen::Map<MatrixF, 0, OuterStride<>>;
using ConstStridedF = Eigen::Map<const MatrixF, 0, OuterStride<>>;
using StridedD = Eigen::Map<MatrixD, 0, OuterStride<>>;
using ConstStridedD = Eigen::Map<const MatrixD, 0, OuterStride<>>;

Index toIndex(std::size_t i) { return static_cast<Index>(i); }

// The same bits on every run, wherever the allocator puts an array: loops over it must not treat the elements before the
// first aligned one differently. They do not where packets and single elements agree, as in sums and products without
// fused multiply-add; exponentials, logarithms, roots and Eigen's small products go to aligned results of their own.

/// Where Eigen multiplies element by element.
bool isSmall(std::size_t rows, std::size_t columns, std::size_t k) { return rows + columns + k < 20; }

void gramTile(const float* x, std::size_t features, std::size_t samples, std::size_t i0, std::size_t ni,
              std::size_t j0, std::size_t nj, double* out)
{
    const OuterStride<> stride(toIndex(features));
    const ConstStridedF left(x + i0, toIndex(ni), toIndex(samples), stride);
    const ConstStridedF right(x + j0, toIndex(nj), toIndex(samples), stride);
    MatrixF product(toIndex(ni), toIndex(nj));
    product.noalias() = left * right.transpose();
    Eigen::Map<MatrixD>(out, toIndex(ni), toIndex(nj)) += product.cast<double>();
}

bool cholesky(double* a, std::size_t n, std::size_t ld)
{
    StridedD matrix(a, toIndex(n), toIndex(n), OuterStride<>(toIndex(ld)));
    Eigen::Ref<MatrixD, 0, OuterStride<>> inPlace(matrix);
    return Eigen::LLT<Eigen::Ref<MatrixD, 0, OuterStride<>>, Eigen::Lower>(inPlace).info() == Eigen::Success;
}

void solvePanel(const double* l, std::size_t n, double* panel, std::size_t rows, std::size_t ld)
{
    const OuterStride<> stride(toIndex(ld));
    const ConstStridedD lower(l, toIndex(n), toIndex(n), stride);
    StridedD right(panel, toIndex(rows), toIndex(n), stride);
    lower.transpose().triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(right);
}

void subtractOuter(double* c, const double* a, const double* b, std::size_t rows, std::size_t columns,
                   std::size_t k, std::size_t ld)
{
    const OuterStride<> stride(toIndex(ld));
    const ConstStridedD left(a, toIndex(rows), toIndex(k), stride);
    const ConstStridedD right(b, toIndex(columns), toIndex(k), stride);
    StridedD(c, toIndex(rows), toIndex(columns), stride).noalias() -= left * right.transpose();
}

void inverseColumns(const double* l, std::size_t n, std::size_t first, std::size_t count, double* out)
{
    const Index rows = toIndex(n - first);
    const ConstStridedD lower(l + first * (n + 1), rows, rows, OuterStride<>(toIndex(n)));
    Eigen::Map<MatrixD> columns(out, rows, toIndex(count));
    columns.setIdentity();
    lower.triangularView<Eigen::Lower>().solveInPlace(columns);
}

void subtractProduct(float* w, const float* e, const float* u, std::size_t ldu, std::size_t rows,
                     std::size_t columns, std::size_t k)
{
    const Eigen::Map<const MatrixF> left(e, toIndex(rows), toIndex(k));
    const Eigen::Map<const RowsF, 0, OuterStride<>> right(u, toIndex(k), toIndex(columns),
                                                          OuterStride<>(toIndex(ldu)));
    Eigen::Map<MatrixF> result(w, toIndex(rows), toIndex(columns));
    if (k == 1 || isSmall(rows, columns, k)) // one of inner size 1 would be packed first
        for (Index i = 0; i < left.cols(); ++i)
            for (Index j = 0; j < result.cols(); ++j)
                result.col(j).array() -= left.col(i).array() * right(i, j);
    else
        result.noalias() -= left * right;
}

void rowErrorTile(const float* delta, std::size_t rows, std::size_t n, const float* gram, std::size_t j0,
                  std::size_t nj, double* out)
{
    const Eigen::Map<const MatrixF> errors(delta, toIndex(n), toIndex(rows));
    const Eigen::Map<const MatrixF> matrix(gram, toIndex(n), toIndex(n));
    const Index first = toIndex(j0), count = toIndex(nj);
    MatrixF product(count, toIndex(rows));
    product.noalias() = matrix.block(first, first, count, count) * errors.middleRows(first, count);
    if (j0 > 0)
        product.noalias() += 2 * matrix.block(first, 0, count, first) * errors.topRows(first);
    for (Index r = 0; r < errors.cols(); ++r)
        out[r] += product.col(r).cast<double>().dot(errors.col(r).segment(first, count).cast<double>());
}

void gramProduct(const float* delta, std::size_t rows, std::size_t n, const float* gram, float* out)
{
    const Eigen::Map<const MatrixF> errors(delta, toIndex(n), toIndex(rows));
    const Eigen::Map<const MatrixF> matrix(gram, toIndex(n), toIndex(n));
    Eigen::Map<MatrixF> result(out, toIndex(n), toIndex(rows));
    if (isSmall(n, rows, n))
        result = (matrix * errors).eval();
    else
        result.noalias() = matrix * errors;
}

// The rectified sigmoid stretches (0, 1) to (γ, ζ) = (-0.1, 1.1) and cuts it to [0, 1].
constexpr float stretch = 1.2f;
constexpr float below = 0.1f;
// Adam's moments as its authors recommend them.
constexpr float decay1 = 0.9f;
constexpr float decay2 = 0.999f;
constexpr float tiny = 1e-8f;
constexpr Index chunk = 512; ///< elements whose intermediate arrays stay in the first cache

using Chunk = Eigen::Array<float, Eigen::Dynamic, 1, 0, chunk, 1>;

/// h(V) before the cut.
Chunk opened(const Chunk& sigmoid) { return stretch * sigmoid - below; }
Chunk sigmoidOf(const ConstArrayF& latent)
{
    const Chunk power = (-latent).exp();
    return (1 + power).inverse();
}

void relaxedChunk(const RelaxedRows& rows, Index begin, Index count, float weight, const RelaxedStep& step)
{
    const ConstArrayF products(rows.slopes + begin, count);
    const ConstArrayF steps(rows.step + begin, count);
    const Chunk sigmoid = sigmoidOf(ConstArrayF(rows.latent + begin, count));
    const Chunk open = opened(sigmoid);
    Chunk slope = 2 * weight * steps * products;
    if (step.strength > 0) {
        const Chunk centred = (2 * open - 1).min(1.0f).max(-1.0f);
        const Chunk power = ((step.beta - 1) * centred.abs().max(1e-12f).log()).exp();
        slope -= (2 * step.strength * step.beta) * power * centred.sign();
    }
    // Outside [0, 1] the cut takes the slope away.
    slope = (open > 0.0f && open < 1.0f).select(slope * stretch * sigmoid * (1 - sigmoid), 0.0f);
    ArrayF first(rows.first + begin, count), second(rows.second + begin, count);
    first = decay1 * first + (1 - decay1) * slope;
    second = decay2 * second + (1 - decay2) * slope.square();
    const Chunk move = step.rate * first / ((second * step.scale2).sqrt() + tiny);
    ArrayF(rows.latent + begin, count) -= move;
}

void relaxedStep(const RelaxedRows& rows, const float* gram, const RelaxedStep& step)
{
    const Index total = toIndex(rows.columns * rows.rows);
    for (Index at = 0; at < total; at += chunk) {
        const Index count = total - at < chunk ? total - at : chunk;
        const Chunk open = opened(sigmoidOf(ConstArrayF(rows.latent + at, count)));
        ArrayF(rows.errors + at, count) = ConstArrayF(rows.base + at, count)
                                          + ConstArrayF(rows.step + at, count) * open.min(1.0f).max(0.0f);
    }
    gramProduct(rows.errors, rows.rows, rows.columns, gram, rows.slopes);
    const Index columns = toIndex(rows.columns);
    for (Index r = 0; r < toIndex(rows.rows); ++r)
        for (Index at = 0; at < columns; at += chunk)
            relaxedChunk(rows, r * columns + at, columns - at < chunk ? columns - at : chunk, rows.weight[r],
                         step);
}

float leastPair(const float* gain, const float* change, const float* gram, float factor, std::size_t n)
{
    const Index count = toIndex(n);
    return (ConstArrayF(gain, count) + factor * ConstArrayF(change, count) * ConstArrayF(gram, count))
        .minCoeff();
}

void moveSlopes(float* slope, float* gain, const float* change, const float* gram, const float* diagonal,
                float by, std::size_t n)
{
    const Index count = toIndex(n);
    ArrayF slopes(slope, count);
    const ConstArrayF changes(change, count);
    slopes += by * ConstArrayF(gram, count);
    ArrayF(gain, count) = changes * (2 * slopes + changes * ConstArrayF(diagonal, count));
}

} // namespace

extern const DenseKernels DENSE_KERNELS;
const DenseKernels DENSE_KERNELS = {gramTile,       cholesky,        solvePanel,   subtractOuter,
                                    inverseColumns, subtractProduct, rowErrorTile, gramProduct,
                                    relaxedStep,    leastPair,       moveSlopes};

} // namespace quantoscope
