// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace quantoscope {

/// State of the relaxed rounding of some rows: arrays [rows][columns].
struct RelaxedRows
{
    std::size_t columns = 0;
    std::size_t rows = 0;
    const float* base = nullptr;   ///< error x̂ - w at the lower code
    const float* step = nullptr;   ///< value of the upper code less that of the lower
    const float* weight = nullptr; ///< [rows] factor of the output error
    float* latent = nullptr;       ///< V
    float* first = nullptr;        ///< Adam's moments
    float* second = nullptr;
    float* errors = nullptr; ///< scratch
    float* slopes = nullptr; ///< scratch
};

/// One step of Adam with bias-corrected rates.
struct RelaxedStep
{
    float beta = 0;     ///< exponent of the regularizer
    float strength = 0; ///< of the regularizer; 0: none
    float rate = 0;     ///< learning rate / (1 - β1^t)
    float scale2 = 0;   ///< 1 / (1 - β2^t)
};

/// The dense inner loops, compiled once per instruction set; one thread each. Matrices are column-major with a leading
/// dimension unless said. The sets differ in their last bits (fused multiply-add, order of sums); each of them gives the
/// same bits on every run of one machine.
struct DenseKernels
{
    /// out[ni × nj] += Σ_s x[s][i0 + a]·x[s][j0 + b], x [samples][features]; products in float, out in double.
    void (*gramTile)(const float* x, std::size_t features, std::size_t samples, std::size_t i0,
                     std::size_t ni, std::size_t j0, std::size_t nj, double* out);
    /// a ← its lower Cholesky factor; false when a pivot is not positive.
    bool (*cholesky)(double* a, std::size_t n, std::size_t ld);
    /// panel[rows × n] ← panel · l⁻ᵀ
    void (*solvePanel)(const double* l, std::size_t n, double* panel, std::size_t rows, std::size_t ld);
    /// c[rows × columns] -= a[rows × k] · b[columns × k]ᵀ, all of leading dimension ld.
    void (*subtractOuter)(double* c, const double* a, const double* b, std::size_t rows, std::size_t columns,
                          std::size_t k, std::size_t ld);
    /// out[(n - first) × count] = rows first… of columns first…first + count of l⁻¹, l lower [n × n].
    void (*inverseColumns)(const double* l, std::size_t n, std::size_t first, std::size_t count, double* out);
    /// w[rows × columns] -= e[rows × k] · u, u row-major [k][ldu]; w and e of leading dimension rows.
    void (*subtractProduct)(float* w, const float* e, const float* u, std::size_t ldu, std::size_t rows,
                            std::size_t columns, std::size_t k);
    /// out[rows] += what the columns j0…j0 + nj add to δGδᵀ over those before them; delta [rows][n], gram [n][n].
    void (*rowErrorTile)(const float* delta, std::size_t rows, std::size_t n, const float* gram,
                         std::size_t j0, std::size_t nj, double* out);
    /// out[rows][n] = delta · gram
    void (*gramProduct)(const float* delta, std::size_t rows, std::size_t n, const float* gram, float* out);
    /// One step of gradient descent on Σ weight·δGδᵀ + strength·Σ(1 - |2h - 1|^β).
    void (*relaxedStep)(const RelaxedRows& rows, const float* gram, const RelaxedStep& step);
    /// Least gain[j] + factor·change[j]·gram[j] over j in [0, n).
    float (*leastPair)(const float* gain, const float* change, const float* gram, float factor,
                       std::size_t n);
    /// slope[j] += by·gram[j]; gain[j] = change[j]·(2·slope[j] + change[j]·diagonal[j])
    void (*moveSlopes)(float* slope, float* gain, const float* change, const float* gram,
                       const float* diagonal, float by, std::size_t n);
};

/// Those of the best instruction set that this processor has (core/support/vectortarget.h decides and can force one).
const DenseKernels& denseKernels();

} // namespace quantoscope
