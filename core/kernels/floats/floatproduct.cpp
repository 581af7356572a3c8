// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/floats/floatproduct.h"

#include "core/kernels/floats/floattile.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>

namespace quantoscope {

namespace {

// So few that a chunk of activations and the results stay in the second-level cache beside 64 KiB of decoded weights, so many that
// decoding costs a few per cent.
constexpr std::size_t mostRowsPerTask = 384;
// Of a product of one row: about 50 µs from memory at eight bits.
constexpr std::size_t weightsPerTask = std::size_t{1} << 20;

// Of one row alone: codes are unpacked so few at a time that the stream of weights from memory hardly pauses meanwhile.
constexpr std::size_t rowSteps = 64;

/// Results of a panel: in place, or in a buffer for the last panel, whose columns are fewer.
struct PanelOut
{
    float* sums;
    std::size_t stride;
};

void finish(const FloatPanels& weights, const FloatOutput& output, std::size_t panel, std::size_t rows,
            const PanelOut& from, float* out)
{
    const std::size_t first = panel * floatColumns;
    const std::size_t columns = std::min(floatColumns, weights.outputs() - first);
    const bool clamps = output.low < output.high;
    if (from.sums == out && output.bias == nullptr && !clamps)
        return;
    for (std::size_t m = 0; m < rows; ++m) {
        const float* sums = from.sums + m * from.stride;
        float* y = out + m * weights.outputs();
        for (std::size_t c = 0; c < columns; ++c) {
            float value = sums[c];
            if (output.bias != nullptr)
                value += output.bias[first + c];
            if (clamps) // NaN stays
                value = value < output.low ? output.low : value > output.high ? output.high : value;
            y[c] = value;
        }
    }
}

void multiplyRow(const FloatPanels& weights, const float* x, std::size_t panel, Isa isa, float* sums)
{
    alignas(64) std::uint8_t bytes[rowSteps * floatColumns];
    std::fill_n(sums, floatColumns, 0.0f);
    for (std::size_t k = 0; k < weights.depth(); k += rowSteps)
        weights.accumulate(panel, k, std::min(rowSteps, weights.depth() - k), isa, bytes, x + k, sums);
}

void multiplyRows(const FloatPanels& weights, const float* x, std::size_t rows, std::size_t panel, Isa isa,
                  const PanelOut& out)
{
    const FloatTileKernel& kernel = floatTileKernel(isa);
    alignas(64) std::uint8_t bytes[FloatPanels::chunkSteps * floatColumns];
    alignas(64) float decoded[FloatPanels::chunkSteps * floatColumns];
    if (weights.depth() == 0)
        for (std::size_t m = 0; m < rows; ++m)
            std::fill_n(out.sums + m * out.stride, floatColumns, 0.0f);
    const auto most = static_cast<std::size_t>(kernel.rows);
    const std::size_t tiles = (rows + most - 1) / most;
    for (std::size_t k = 0; k < weights.depth(); k += FloatPanels::chunkSteps) {
        FloatTile tile;
        tile.steps = std::min(FloatPanels::chunkSteps, weights.depth() - k);
        tile.panel = weights.decode(panel, k, tile.steps, isa, bytes, decoded);
        tile.inputStride = weights.depth();
        tile.outStride = out.stride;
        tile.first = k == 0;
        for (std::size_t t = 0; t < tiles; ++t) {
            const std::size_t begin = rows * t / tiles;
            tile.input = x + begin * weights.depth() + k;
            tile.out = out.sums + begin * out.stride;
            kernel.multiply(tile, static_cast<int>(rows * (t + 1) / tiles - begin));
        }
    }
}

void multiplyPanel(const FloatPanels& weights, const float* x, std::size_t rows, std::size_t panel, Isa isa,
                   const FloatOutput& output, float* out)
{
    const bool whole = (panel + 1) * floatColumns <= weights.outputs();
    AlignedBuffer<float> buffer(whole ? 0 : rows * floatColumns);
    const PanelOut sums = whole ? PanelOut{out, weights.outputs()} : PanelOut{buffer.data(), floatColumns};
    if (rows == 1)
        multiplyRow(weights, x, panel, isa, sums.sums);
    else
        multiplyRows(weights, x, rows, panel, isa, sums);
    finish(weights, output, panel, rows, sums, out);
}

} // namespace

void multiplyFloat(const FloatPanels& weights, std::span<const float> input, std::size_t rows,
                   const FloatOutput& output, std::span<float> out, Isa isa, std::stop_token stop)
{
    if (input.size() != rows * weights.depth())
        throw Error(ErrorCode::InvalidArgument,
                    "The activations of a float product have rows · depth values.");
    if (out.size() != rows * weights.outputs())
        throw Error(ErrorCode::InvalidArgument, "The result of a float product has rows · outputs elements.");
    if (out.empty())
        return;
    const std::size_t rowTasks = (rows + mostRowsPerTask - 1) / mostRowsPerTask;
    const std::size_t work = std::max<std::size_t>(1, rows * floatColumns * weights.depth());
    const std::size_t panelsPerTask = std::max<std::size_t>(1, weightsPerTask / work);
    const std::size_t panelTasks = (weights.panels() + panelsPerTask - 1) / panelsPerTask;
    parallelFor(
        rowTasks * panelTasks,
        [&](std::size_t task) {
            const std::size_t begin = rows * (task % rowTasks) / rowTasks;
            const std::size_t end = rows * (task % rowTasks + 1) / rowTasks;
            const std::size_t first = task / rowTasks * panelsPerTask;
            for (std::size_t p = first; p < std::min(weights.panels(), first + panelsPerTask); ++p)
                multiplyPanel(weights, input.data() + begin * weights.depth(), end - begin, p, isa, output,
                              out.data() + begin * weights.outputs() + p * floatColumns);
        },
        stop);
}

} // namespace quantoscope
