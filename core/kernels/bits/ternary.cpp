// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/ternary.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

constexpr std::size_t mostRowsPerTask = 128;
// About 100 µs of the fastest kernel.
constexpr std::size_t productsPerTask = std::size_t{1} << 22;

/// Sums of a tile, where they belong, and what the epilogue needs besides.
struct Tile
{
    std::size_t first; ///< of its results in the output
    std::size_t output;
    TileSums sums;
    const RowTerms* rows;
    ColumnTerms columns;
};

void requireShapes(const TernaryWeights& weights, const TernaryInput& input, std::size_t outSize)
{
    const auto require = [](bool holds, const char* what) {
        if (!holds)
            throw Error(ErrorCode::InvalidArgument, what);
    };
    require(input.values.size() == input.rows * weights.depth(),
            "Ternary activations have rows · depth values.");
    require(input.terms.empty() || input.terms.size() == input.rows,
            "Terms of ternary activations are one for each row.");
    require(outSize == input.rows * weights.outputs(),
            "The result of a ternary product has rows · outputs elements.");
}

template <typename Sink>
void multiplyPanel(const TernaryWeights& weights, const TernaryInput& input, std::size_t panel,
                   std::size_t begin, std::size_t end, const Sink& sink)
{
    const TernaryKernel& kernel = weights.kernel();
    const auto columns = static_cast<std::size_t>(kernel.columns);
    alignas(64) std::int32_t sums[ternaryMostRows * ternaryMostColumns];
    const RowTerms plain[ternaryMostRows];
    Tile tile{};
    tile.output = panel * columns;
    tile.sums = {sums, columns, 0, static_cast<int>(std::min(columns, weights.outputs() - tile.output))};
    tile.columns.sum = weights.sums().data() + tile.output;
    tile.columns.scale = weights.scales().data() + tile.output;
    tile.columns.offset = weights.offsets().empty() ? nullptr : weights.offsets().data() + tile.output;
    tile.columns.depth = static_cast<std::int32_t>(weights.depth());
    for (std::size_t m = begin; m < end; m += static_cast<std::size_t>(kernel.rows)) {
        tile.sums.rows = static_cast<int>(std::min(static_cast<std::size_t>(kernel.rows), end - m));
        tile.first = m * weights.outputs() + tile.output;
        tile.rows = input.terms.empty() ? plain : input.terms.data() + m;
        kernel.multiply(input.values.data() + m * weights.depth(), weights.depth(), weights.depth(),
                        weights.panel(panel), tile.sums.rows, sums);
        sink(tile);
    }
}

template <typename Sink>
void forEachTile(const TernaryWeights& weights, const TernaryInput& input, std::size_t outSize,
                 const std::stop_token& stop, const Sink& sink)
{
    requireShapes(weights, input, outSize);
    if (outSize == 0)
        return;
    const auto columns = static_cast<std::size_t>(weights.kernel().columns);
    const std::size_t work = std::max<std::size_t>(1, columns * weights.depth());
    const std::size_t most = std::clamp<std::size_t>(productsPerTask / work, 4, mostRowsPerTask);
    const std::size_t rowTasks = (input.rows + most - 1) / most;
    parallelFor(
        rowTasks * weights.panels(),
        [&](std::size_t task) {
            const std::size_t begin = task % rowTasks * most;
            multiplyPanel(weights, input, task / rowTasks, begin, std::min(input.rows, begin + most), sink);
        },
        stop);
}

} // namespace

void multiplyTernary(const TernaryWeights& weights, const TernaryInput& input, std::span<std::int32_t> out,
                     std::stop_token stop)
{
    forEachTile(weights, input, out.size(), stop, [&](const Tile& tile) {
        for (std::size_t r = 0; r < static_cast<std::size_t>(tile.sums.rows); ++r)
            std::copy_n(tile.sums.acc + r * tile.sums.stride, tile.sums.columns,
                        out.data() + tile.first + r * weights.outputs());
    });
}

void multiplyTernary(const TernaryWeights& weights, const TernaryInput& input, const FloatOutput& output,
                     std::span<float> out, std::stop_token stop)
{
    const Epilogue& last = epilogue(weights.kernel().isa);
    const ProductFactors factors{1, input.factor};
    forEachTile(weights, input, out.size(), stop, [&](const Tile& tile) {
        FloatOutput part = output;
        part.bias = output.bias == nullptr ? nullptr : output.bias + tile.output;
        last.toFloat(tile.sums, factors, tile.rows, tile.columns, part, out.data() + tile.first,
                     weights.outputs());
    });
}

void multiplyTernary(const TernaryWeights& weights, const TernaryInput& input, const QuantizedOutput& output,
                     std::span<std::int8_t> out, std::stop_token stop)
{
    const Epilogue& last = epilogue(weights.kernel().isa);
    const ProductFactors factors{1, input.factor};
    forEachTile(weights, input, out.size(), stop, [&](const Tile& tile) {
        const auto from = [&tile](const auto* terms) {
            return terms == nullptr ? nullptr : terms + tile.output;
        };
        QuantizedOutput part = output;
        part.bias = from(output.bias);
        part.multipliers = from(output.multipliers);
        part.floatMultipliers = from(output.floatMultipliers);
        last.toInt8(tile.sums, factors, tile.rows, tile.columns, part, out.data() + tile.first,
                    weights.outputs());
    });
}

} // namespace quantoscope
