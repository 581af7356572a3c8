// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnor.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <type_traits>

namespace quantoscope {

namespace {

constexpr std::size_t mostRowsPerTask = 512;
// About 50 µs of the fastest kernel: long beside the start of a task, short beside a wait for a stop.
constexpr std::size_t wordsPerTask = std::size_t{1} << 19;

/// Sums of a tile with where they belong.
template <typename T>
struct Tile
{
    std::size_t row;
    std::size_t output;
    TileSums sums;
    T* out; ///< of the first
};

/// Asks for the lines that the tile writes while its sums are still made: they come from memory where a product is large.
template <typename T>
void prefetch(const Tile<T>& tile, std::size_t stride)
{
    const T* line = tile.out;
    for (int r = 0; r < tile.sums.rows; ++r, line += stride)
        for (int c = 0; c < tile.sums.columns; c += static_cast<int>(64 / sizeof(T)))
            __builtin_prefetch(line + c, 1);
}

// As many rows in every tile as possible: 17 become 6 + 6 + 5.
template <typename T, typename Sink>
void multiplyPanel(const XnorWeights& weights, const SignRows& input, std::size_t panel, std::size_t firstRow,
                   std::size_t rows, std::span<T> out, const Sink& sink)
{
    const XnorKernel& kernel = weights.kernel();
    const auto columns = static_cast<std::size_t>(kernel.columns);
    const auto most = static_cast<std::size_t>(kernel.rows);
    const std::size_t tiles = (rows + most - 1) / most;
    const std::ptrdiff_t segment = 0;
    TileInput from;
    from.rowStride = static_cast<std::ptrdiff_t>(weights.words() * sizeof(std::uint64_t));
    from.stepStride = sizeof(std::uint64_t);
    from.segments = {&segment, 1};
    from.stepsPerSegment = weights.words();
    alignas(64) std::int32_t buffer[xnorMostRows * xnorMostColumns];
    Tile<T> tile{0, panel * columns, {buffer, columns, 0, 0}, nullptr};
    tile.sums.columns = static_cast<int>(std::min(columns, weights.outputs() - tile.output));
    const auto depth = static_cast<std::int32_t>(input.depth.depth);
    for (std::size_t t = 0; t < tiles; ++t) {
        tile.row = firstRow + rows * t / tiles;
        tile.sums.rows = static_cast<int>(firstRow + rows * (t + 1) / tiles - tile.row);
        tile.out = out.data() + tile.row * weights.outputs() + tile.output;
        prefetch(tile, weights.outputs());
        from.base = static_cast<const std::byte*>(static_cast<const void*>(input.row(tile.row)));
        std::int32_t* sums = buffer;
        if constexpr (std::is_same_v<T, std::int32_t>)
            if (tile.sums.columns == kernel.columns) {
                sums = tile.out;
                tile.sums.stride = weights.outputs();
            }
        kernel.multiply(from, weights.panel(panel), tile.sums.rows, depth, sums, tile.sums.stride);
        if (sums == buffer)
            sink(tile);
    }
}

template <typename T, typename Sink>
void forEachTile(const XnorWeights& weights, const SignRows& input, std::span<T> out,
                 const std::stop_token& stop, const Sink& sink)
{
    if (weights.depth() != input.depth)
        throw Error(ErrorCode::InvalidArgument, "Binary weights and activations differ in depth.");
    if (out.size() != input.rows * weights.outputs())
        throw Error(ErrorCode::InvalidArgument,
                    "The result of a binary product has rows · outputs elements.");
    if (out.empty())
        return;
    const auto columns = static_cast<std::size_t>(weights.kernel().columns);
    const std::size_t rowTasks = (input.rows + mostRowsPerTask - 1) / mostRowsPerTask;
    const std::size_t rowsPerTask = (input.rows + rowTasks - 1) / rowTasks;
    const std::size_t work = std::max<std::size_t>(1, rowsPerTask * columns * weights.words());
    const std::size_t panelsPerTask = std::max<std::size_t>(1, wordsPerTask / work);
    const std::size_t panelTasks = (weights.panels() + panelsPerTask - 1) / panelsPerTask;
    parallelFor(
        rowTasks * panelTasks,
        [&](std::size_t task) {
            const std::size_t row = task % rowTasks * rowsPerTask;
            const std::size_t first = task / rowTasks * panelsPerTask;
            for (std::size_t p = first; p < std::min(weights.panels(), first + panelsPerTask); ++p)
                multiplyPanel(weights, input, p, row,
                              std::min(rowsPerTask, input.rows - std::min(row, input.rows)), out, sink);
        },
        stop);
}

} // namespace

void multiplyXnor(const XnorWeights& weights, const SignRows& input, std::span<std::int32_t> out,
                  std::stop_token stop)
{
    forEachTile(weights, input, out, stop, [&](const Tile<std::int32_t>& tile) {
        for (int r = 0; r < tile.sums.rows; ++r)
            std::copy_n(tile.sums.acc + static_cast<std::size_t>(r) * tile.sums.stride, tile.sums.columns,
                        tile.out + static_cast<std::size_t>(r) * weights.outputs());
    });
}

void multiplyXnor(const XnorWeights& weights, const SignRows& input, const FloatOutput& output,
                  std::span<float> out, std::stop_token stop)
{
    if (!input.scales.empty() && input.scales.size() != input.rows)
        throw Error(ErrorCode::InvalidArgument, "Scales of binary activations are one for each row.");
    const Epilogue& last = epilogue(weights.kernel().isa);
    forEachTile(weights, input, out, stop, [&](const Tile<float>& tile) {
        RowTerms rows[xnorMostRows];
        for (std::size_t r = 0; r < static_cast<std::size_t>(tile.sums.rows); ++r) {
            rows[r].scale = input.scales.empty() ? 1.0f : input.scales[tile.row + r];
            rows[r].sum = input.sums[tile.row + r];
        }
        ColumnTerms columns;
        columns.scale = weights.scales().data() + tile.output;
        columns.offset = weights.means().empty() ? nullptr : weights.means().data() + tile.output;
        columns.depth = static_cast<std::int32_t>(input.depth.depth);
        FloatOutput part = output;
        part.bias = output.bias == nullptr ? nullptr : output.bias + tile.output;
        last.toFloat(tile.sums, {}, rows, columns, part, tile.out, weights.outputs());
    });
}

void multiplyXnor(const XnorWeights& weights, const SignRows& input, const QuantizedOutput& output,
                  std::span<std::int8_t> out, std::stop_token stop)
{
    const Epilogue& last = epilogue(weights.kernel().isa);
    forEachTile(weights, input, out, stop, [&](const Tile<std::int8_t>& tile) {
        const auto from = [&tile](const auto* terms) {
            return terms == nullptr ? nullptr : terms + tile.output;
        };
        QuantizedOutput part = output;
        part.bias = from(output.bias);
        part.multipliers = from(output.multipliers);
        part.floatMultipliers = from(output.floatMultipliers);
        const RowTerms rows[xnorMostRows];
        last.toInt8(tile.sums, {}, rows, {}, part, tile.out, weights.outputs());
    });
}

} // namespace quantoscope
