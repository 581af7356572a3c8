// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/densealgebra.h"

#include "core/quant/algorithms/densekernels.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

// Products are fastest from some 200 rows and columns on; smaller tiles keep more threads busy.
constexpr std::size_t gramTileSize = 256;
constexpr std::size_t samplesPerProduct = 4096;
constexpr std::size_t panelWidth = 128;
constexpr std::size_t trailingTile = 256;
constexpr std::size_t inverseWidth = 128;
constexpr std::size_t rowsPerTask = 128;
constexpr std::size_t errorColumns = 256;

std::size_t tilesOf(std::size_t size, std::size_t tile) { return (size + tile - 1) / tile; }

/// body(row tile, column tile) of the lower triangle, diagonal included.
template <class Body>
void forLowerTiles(std::size_t tiles, const std::stop_token& stop, Body body)
{
    parallelFor(
        tiles * (tiles + 1) / 2,
        [&](std::size_t index) {
            std::size_t row = 0;
            while ((row + 1) * (row + 2) / 2 <= index)
                ++row;
            body(row, index - row * (row + 1) / 2);
        },
        stop);
}

void storeTile(Gram& gram, const std::vector<double>& sums, std::size_t i0, std::size_t ni, std::size_t j0,
               std::size_t nj, double factor)
{
    for (std::size_t j = 0; j < nj; ++j)
        for (std::size_t i = 0; i < ni; ++i) {
            const auto value = static_cast<float>(sums[j * ni + i] * factor);
            gram.values[(i0 + i) * gram.size + j0 + j] = value;
            gram.values[(j0 + j) * gram.size + i0 + i] = value;
        }
}

/// The matrix in reverse order of columns, as the factor of the inverse needs it; column-major = row-major.
std::vector<double> reversed(const Gram& gram, std::span<const std::size_t> order, double ridge)
{
    const std::size_t n = gram.size;
    std::vector<double> a(n * n);
    parallelFor(n, [&](std::size_t i) {
        const float* row = gram.row(order[n - 1 - i]);
        for (std::size_t j = 0; j < n; ++j)
            a[i * n + j] = static_cast<double>(row[order[n - 1 - j]]);
        a[i * n + i] = (a[i * n + i] > 0 ? a[i * n + i] : 1.0) + ridge;
    });
    return a;
}

bool pivotsHold(const std::vector<double>& a, const std::vector<double>& diagonal, std::size_t first,
                std::size_t last)
{
    constexpr double leastPivot = 1e-7;
    const std::size_t n = diagonal.size();
    for (std::size_t i = first; i < last; ++i)
        if (!(a[i * n + i] * a[i * n + i] > leastPivot * diagonal[i]))
            return false;
    return true;
}

/// Lower Cholesky factor in place, panel by panel.
bool factorize(std::vector<double>& a, std::size_t n, const std::stop_token& stop)
{
    const DenseKernels& kernels = denseKernels();
    std::vector<double> diagonal(n);
    for (std::size_t i = 0; i < n; ++i)
        diagonal[i] = a[i * n + i];
    for (std::size_t k = 0; k < n; k += panelWidth) {
        const std::size_t width = std::min(panelWidth, n - k);
        const std::size_t next = k + width;
        if (!kernels.cholesky(&a[k * n + k], width, n) || !pivotsHold(a, diagonal, k, next))
            return false;
        const auto tileRows = [&](std::size_t tile) {
            return std::min(trailingTile, n - next - tile * trailingTile);
        };
        const std::size_t tiles = tilesOf(n - next, trailingTile);
        parallelFor(
            tiles,
            [&](std::size_t t) {
                kernels.solvePanel(&a[k * n + k], width, &a[k * n + next + t * trailingTile], tileRows(t), n);
            },
            stop);
        forLowerTiles(tiles, stop, [&](std::size_t i, std::size_t j) {
            const std::size_t row = next + i * trailingTile;
            const std::size_t column = next + j * trailingTile;
            kernels.subtractOuter(&a[column * n + row], &a[k * n + row], &a[k * n + column], tileRows(i),
                                  tileRows(j), width, n);
        });
    }
    return true;
}

} // namespace

Gram gramOf(const LayerInputs& inputs, std::stop_token stop)
{
    const std::size_t n = inputs.features;
    const DenseKernels& kernels = denseKernels();
    Gram gram{n, std::vector<float>(n * n)};
    forLowerTiles(tilesOf(n, gramTileSize), stop, [&](std::size_t i, std::size_t j) {
        const std::size_t i0 = i * gramTileSize, ni = std::min(gramTileSize, n - i0);
        const std::size_t j0 = j * gramTileSize, nj = std::min(gramTileSize, n - j0);
        std::vector<double> sums(ni * nj);
        for (std::size_t s = 0; s < inputs.samples; s += samplesPerProduct) {
            throwIfStopped(stop);
            kernels.gramTile(inputs.values.data() + s * n, n, std::min(samplesPerProduct, inputs.samples - s),
                             i0, ni, j0, nj, sums.data());
        }
        storeTile(gram, sums, i0, ni, j0, nj, 1.0 / static_cast<double>(inputs.samples));
    });
    if (!std::all_of(gram.values.begin(), gram.values.end(), [](float x) { return std::isfinite(x); }))
        throw Error(ErrorCode::InvalidArgument,
                    "The layer inputs are too large: their squares overflow; scale them down.");
    return gram;
}

std::vector<double> rowErrors(std::span<const float> errors, const Gram& gram, std::stop_token stop)
{
    const std::size_t n = gram.size;
    const std::size_t rows = n == 0 ? 0 : errors.size() / n;
    const DenseKernels& kernels = denseKernels();
    std::vector<double> sums(rows);
    parallelFor(
        tilesOf(rows, rowsPerTask),
        [&](std::size_t task) {
            const std::size_t first = task * rowsPerTask;
            const std::size_t count = std::min(rowsPerTask, rows - first);
            for (std::size_t j = 0; j < n; j += errorColumns) {
                throwIfStopped(stop);
                kernels.rowErrorTile(errors.data() + first * n, count, n, gram.values.data(), j,
                                     std::min(errorColumns, n - j), sums.data() + first);
            }
        },
        stop);
    for (double& sum : sums)
        sum = std::max(sum, 0.0);
    return sums;
}

std::optional<std::vector<float>> inverseFactor(const Gram& gram, std::span<const std::size_t> order,
                                                double ridge, std::stop_token stop)
{
    // With J the reversal: J·A·J = L·Lᵀ, so A = (JLJ)(JLJ)ᵀ with JLJ upper, and U = (JLJ)⁻¹ = J·L⁻¹·J. One factorization
    // and one triangular inverse in place of factorization, inverse, and factorization of that.
    const std::size_t n = gram.size;
    std::vector<double> a = reversed(gram, order, ridge);
    if (!factorize(a, n, stop))
        return {};
    const DenseKernels& kernels = denseKernels();
    std::vector<float> factor(n * n);
    parallelFor(
        tilesOf(n, inverseWidth),
        [&](std::size_t task) {
            const std::size_t first = task * inverseWidth;
            const std::size_t count = std::min(inverseWidth, n - first);
            const std::size_t rows = n - first;
            std::vector<double> columns(rows * count);
            kernels.inverseColumns(a.data(), n, first, count, columns.data());
            for (std::size_t j = 0; j < count; ++j)
                for (std::size_t i = j; i < rows; ++i)
                    factor[(rows - 1 - i) * n + n - 1 - first - j] =
                        static_cast<float>(columns[j * rows + i]);
        },
        stop);
    return factor;
}

} // namespace quantoscope
