// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/product/intproduct.h"

#include "core/kernels/product/scratch.h"
#include "core/kernels/quad/quadvector.h"
#include "core/kernels/tile.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>

namespace quantoscope {

namespace {

/// Takes the sums of one tile from a row and a column on.
using TileSink = std::function<void(const TileSums& sums, std::size_t row, std::size_t column)>;

constexpr std::size_t largestTile = 1024;

struct Product
{
    const PackedWeights& weights;
    const PackedActivations& activations;
    const TileKernel& kernel;
    const TileSink& sink;
    std::stop_token stop;
};

void requireFit(const PackedWeights& weights, const PackedActivations& activations)
{
    const WeightPlanes& planes = weights.planes;
    if (planes.isa != activations.isa || planes.depth != activations.depth)
        throw Error(ErrorCode::InvalidArgument, "Weights with " + std::to_string(planes.depth.depth)
                                                    + " inputs packed for " + std::string(nameOf(planes.isa))
                                                    + " cannot be multiplied by activations with "
                                                    + std::to_string(activations.depth.depth) + " packed for "
                                                    + std::string(nameOf(activations.isa)) + ".");
}

/// Every sum of products of two such integers fits in int32.
void requireSafe(std::size_t depth, std::int64_t weight, std::int64_t activation)
{
    const std::int64_t product = std::max<std::int64_t>(weight * activation, 1);
    const auto safe = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max() / product);
    if (depth > safe)
        throw Error(ErrorCode::InvalidArgument,
                    "Sums of " + std::to_string(depth) + " products of integers up to "
                        + std::to_string(weight) + " and " + std::to_string(activation)
                        + " may exceed 32 bits; at most " + std::to_string(safe) + " are safe.");
}

/// What is fetched while a block is multiplied with `left` others of its panel to follow: the next block, and under the last ones
/// what they have time for of the next panel.
const void* aheadOf(const Product& product, std::size_t panel, std::size_t block, std::size_t left)
{
    const WeightPlanes& planes = product.weights.planes;
    const std::size_t offset = left * planes.steps * 64;
    if (panel + 1 < planes.panels && offset < planes.panelBytes)
        return planes.panel(panel + 1) + offset;
    return left > 0 ? product.activations.bytes.data() + product.activations.blocks[block + 1].offset
                    : nullptr;
}

/// Rows [begin, end) of blocks times one panel, decoded once.
void multiplyPanel(const Product& product, std::size_t panel, std::size_t begin, std::size_t end)
{
    const WeightPlanes& planes = product.weights.planes;
    const PackedActivations& activations = product.activations;
    const auto columns = static_cast<std::size_t>(planes.columns);
    alignas(64) std::array<std::int32_t, largestTile> acc;
    const void* decoded = panelOf(planes, panel, threadScratch(planes.decodedBytes()));
    const std::array<std::ptrdiff_t, 1> segments{0};
    for (std::size_t index = begin; index < end; ++index) {
        throwIfStopped(product.stop);
        const RowBlock& block = activations.blocks[index];
        const TileInput input{activations.bytes.data() + block.offset,
                              4,
                              PackedActivations::strideOf(block),
                              segments,
                              planes.steps,
                              aheadOf(product, panel, index, end - index - 1)};
        product.kernel.multiply(input, decoded, block.rows, acc.data());
        product.sink({acc.data(), columns, block.rows, static_cast<int>(planes.columnsOf(panel))},
                     block.first, panel * columns);
    }
}

/// Row by row times one panel as it lies in its planes.
void multiplyVectors(const Product& product, std::size_t panel)
{
    throwIfStopped(product.stop);
    const WeightPlanes& planes = product.weights.planes;
    const PackedActivations& activations = product.activations;
    const auto columns = static_cast<std::size_t>(planes.columns);
    const RowBlock& block = activations.blocks.front();
    alignas(64) std::array<std::int32_t, largestTile> acc;
    for (std::size_t row = 0; row < activations.rows; ++row)
        multiplyQuadVector(planes, panel, activations.bytes.data() + block.offset + 4 * row, activations.rows,
                           acc.data() + row * columns);
    product.sink({acc.data(), columns, block.rows, static_cast<int>(planes.columnsOf(panel))}, 0,
                 panel * columns);
}

/// Tasks of at least about 20 µs, yet several for each thread where there is enough to do.
struct Split
{
    std::size_t panelsPerTask = 1;
    std::size_t panelTasks = 0;
    std::size_t rowTasks = 1;
};

Split splitOf(const WeightPlanes& planes, const PackedActivations& activations)
{
    constexpr double productsPerMicrosecond = 2e5;
    constexpr double bytesPerMicrosecond = 3e4;
    constexpr double taskMicroseconds = 20;
    constexpr std::size_t enoughTasks = 16;
    const double products =
        static_cast<double>(planes.decodedBytes()) * static_cast<double>(activations.rows);
    const double panelMicroseconds = std::max(products / 4 / productsPerMicrosecond,
                                              static_cast<double>(planes.panelBytes) / bytesPerMicrosecond);
    Split split;
    const auto wanted = static_cast<std::size_t>(taskMicroseconds / std::max(panelMicroseconds, 1e-3));
    split.panelsPerTask = std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(planes.panels, 1));
    split.panelTasks = (planes.panels + split.panelsPerTask - 1) / split.panelsPerTask;
    if (split.panelsPerTask == 1 && split.panelTasks < enoughTasks && split.panelTasks > 0)
        split.rowTasks =
            std::clamp<std::size_t>(enoughTasks / split.panelTasks, 1, activations.blocks.size());
    return split;
}

void runTask(const Product& product, const Split& split, std::size_t task, bool fromPlanes)
{
    const WeightPlanes& planes = product.weights.planes;
    const std::size_t blocks = product.activations.blocks.size();
    const std::size_t part = task % split.rowTasks;
    const std::size_t first = task / split.rowTasks * split.panelsPerTask;
    const std::size_t last = std::min(first + split.panelsPerTask, planes.panels);
    for (std::size_t panel = first; panel < last; ++panel) {
        const std::size_t begin = part * blocks / split.rowTasks;
        const std::size_t end = (part + 1) * blocks / split.rowTasks;
        if (fromPlanes)
            multiplyVectors(product, panel);
        else
            multiplyPanel(product, panel, begin, end);
    }
}

void run(const PackedWeights& weights, const PackedActivations& activations, const TileSink& sink,
         std::stop_token stop)
{
    if (activations.rows == 0 || weights.planes.outputs == 0)
        return;
    const Product product{weights, activations, tileKernel(weights.planes.isa), sink, stop};
    const Split split = splitOf(weights.planes, activations);
    const std::size_t tasks = split.panelTasks * split.rowTasks;
    const bool fromPlanes = activations.rows <= quadVectorRows(weights.planes);
    if (tasks == 1)
        return runTask(product, split, 0, fromPlanes);
    parallelFor(
        tasks, [&](std::size_t task) { runTask(product, split, task, fromPlanes); }, stop);
}

void requireProduct(const PackedWeights& weights, const PackedActivations& activations)
{
    requireFit(weights, activations);
    requireSafe(weights.planes.depth.depth, weights.largestInteger, activations.largestInteger());
}

ProductFactors factorsOf(const PackedWeights& weights, const PackedActivations& activations)
{
    return {weights.factor, activations.factor};
}

} // namespace

void multiplySums(const PackedWeights& weights, const PackedActivations& activations, std::int32_t* out,
                  std::stop_token stop)
{
    requireFit(weights, activations);
    const std::int64_t largestCode = weights.planes.hasTable ? weights.largestInteger + weights.planes.shift
                                                             : (1 << weights.planes.bits) - 1;
    requireSafe(weights.planes.depth.depth, largestCode, 128);
    const std::size_t outputs = weights.planes.outputs;
    const TileSink sink = [&](const TileSums& sums, std::size_t row, std::size_t column) {
        for (std::size_t r = 0; r < static_cast<std::size_t>(sums.rows); ++r)
            std::memcpy(out + (row + r) * outputs + column, sums.acc + r * sums.stride,
                        static_cast<std::size_t>(sums.columns) * sizeof *out);
    };
    run(weights, activations, sink, stop);
}

void multiplyInt32(const PackedWeights& weights, const PackedActivations& activations, std::int32_t* out,
                   std::stop_token stop)
{
    requireProduct(weights, activations);
    const Epilogue& last = epilogue(weights.planes.isa);
    const std::size_t outputs = weights.planes.outputs;
    const TileSink sink = [&](const TileSums& sums, std::size_t row, std::size_t column) {
        last.toInt32(sums, factorsOf(weights, activations), activations.terms.data() + row,
                     weights.columns(column), out + row * outputs + column, outputs);
    };
    run(weights, activations, sink, stop);
}

void multiplyFloat(const PackedWeights& weights, const PackedActivations& activations,
                   const FloatOutput& output, float* out, std::stop_token stop)
{
    requireProduct(weights, activations);
    const Epilogue& last = epilogue(weights.planes.isa);
    const std::size_t outputs = weights.planes.outputs;
    const TileSink sink = [&](const TileSums& sums, std::size_t row, std::size_t column) {
        FloatOutput here = output;
        here.bias = output.bias == nullptr ? nullptr : output.bias + column;
        last.toFloat(sums, factorsOf(weights, activations), activations.terms.data() + row,
                     weights.columns(column), here, out + row * outputs + column, outputs);
    };
    run(weights, activations, sink, stop);
}

void multiplyInt8(const PackedWeights& weights, const PackedActivations& activations,
                  const QuantizedOutput& output, std::int8_t* out, std::stop_token stop)
{
    requireProduct(weights, activations);
    const Epilogue& last = epilogue(weights.planes.isa);
    const std::size_t outputs = weights.planes.outputs;
    const auto from = [](auto* terms, std::size_t column) {
        return terms == nullptr ? nullptr : terms + column;
    };
    const TileSink sink = [&](const TileSums& sums, std::size_t row, std::size_t column) {
        QuantizedOutput here = output;
        here.bias = from(output.bias, column);
        here.multipliers = from(output.multipliers, column);
        here.floatMultipliers = from(output.floatMultipliers, column);
        last.toInt8(sums, factorsOf(weights, activations), activations.terms.data() + row,
                    weights.columns(column), here, out + row * outputs + column, outputs);
    };
    run(weights, activations, sink, stop);
}

std::string_view productKernel(const PackedWeights& weights, std::size_t rows)
{
    return rows <= quadVectorRows(weights.planes) ? std::string_view("vpdpbusd from planes")
                                                  : tileKernel(weights.planes.isa).name;
}

} // namespace quantoscope
