// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/wideproduct.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// One product: what all outputs share.
struct Product
{
    const WideWeights& weights;
    const WideActivations& input;
    WideBlocks blocks;
    std::size_t columns;
    bool plain; ///< y is the tile's sum itself

    Product(const WideWeights& w, const WideActivations& x, std::stop_token stop)
        : weights(w), input(x), blocks(x, w, std::move(stop)),
          columns(static_cast<std::size_t>(w.tile().columns)),
          plain(!blocks.split() && w.factor() * x.factor == 1 && w.isCentred()
                && std::all_of(x.zero.begin(), x.zero.end(), [](std::int32_t zero) { return zero == 0; }))
    {
    }

    std::int64_t zero(std::size_t row) const { return input.zero.empty() ? 0 : input.zero[row]; }
    double scale(std::size_t row) const { return input.scale.empty() ? 1.0 : double{input.scale[row]}; }
    double offset(std::size_t row) const { return input.offset.empty() ? 0.0 : double{input.offset[row]}; }

    WideTerms terms(std::size_t panel, std::size_t part, std::size_t row) const
    {
        return {std::int64_t{weights.factor()} * input.factor, input.factor * blocks.sum(row, part),
                zero(row), weights.zero(panel, part), weights.sum(panel, part)};
    }

    std::size_t outputsOf(std::size_t panel) const
    {
        return std::min(columns, weights.outputs() - panel * columns);
    }
};

/// Whose integers these are.
struct Place
{
    std::size_t panel;
    std::size_t part;
    std::size_t row;
};

struct IntegerTotals
{
    using Total = std::int64_t;
    static std::size_t perColumn(const WideWeights&) { return 1; }

    static void add(const Product& product, const Place& place, const std::int64_t* integers, Total* totals)
    {
        for (std::size_t n = 0; n < product.columns; ++n)
            totals[n] = (place.part == 0 ? 0 : totals[n]) + integers[n];
    }
};

/// t, and u a row's length behind it.
struct RealTotals
{
    using Total = double;
    static std::size_t perColumn(const WideWeights& weights) { return weights.hasOffset() ? 2 : 1; }

    static void add(const Product& product, const Place& place, const std::int64_t* integers, Total* totals)
    {
        const WideWeights& weights = product.weights;
        weights.tile().accumulate(weights.scale(place.panel, place.part), integers, place.part == 0, totals);
        if (!weights.hasOffset())
            return;
        const auto size = static_cast<std::int64_t>(weights.parts().sizeOf(place.part));
        const std::int64_t sum =
            product.input.factor * product.blocks.sum(place.row, place.part) - product.zero(place.row) * size;
        const double real = product.scale(place.row) * static_cast<double>(sum)
                            + product.offset(place.row) * static_cast<double>(size);
        const float* offset = weights.offset(place.panel, place.part);
        for (std::size_t n = 0; n < product.columns; ++n)
            totals[product.columns + n] =
                (place.part == 0 ? 0.0 : totals[product.columns + n]) + double{offset[n]} * real;
    }
};

/// What one thread needs for a tile.
template <typename Totals>
struct Scratch
{
    AlignedBuffer<std::int64_t> sums;
    AlignedBuffer<std::int64_t> integers;
    AlignedBuffer<typename Totals::Total> totals;

    explicit Scratch(const WideTile& tile)
        : sums(static_cast<std::size_t>(tile.rows * tile.columns)),
          integers(static_cast<std::size_t>(tile.columns)), totals(sums.size() * 2)
    {
    }
};

/// One block of rows times one panel, into scratch.totals[rows][perColumn · columns].
template <typename Totals>
void multiplyTile(const Product& product, std::size_t panel, std::size_t block, Scratch<Totals>& scratch)
{
    const WideWeights& weights = product.weights;
    const WideBlocks& blocks = product.blocks;
    const std::size_t tileRows = blocks.split() ? 2 : 1;
    const std::size_t width = Totals::perColumn(weights) * product.columns;
    if (weights.parts().runs() == 0)
        std::fill_n(scratch.totals.data(), scratch.totals.size(), typename Totals::Total{});
    for (std::size_t part = 0; part < weights.parts().runs(); ++part) {
        const std::size_t step = weights.firstStep(part);
        multiplyWideTile(weights.tile(), blocks.at(block, step),
                         weights.panel(panel) + step * product.columns * 2, weights.stepsOf(part),
                         blocks.pairs(), static_cast<int>(blocks.tileRowsOf(block)), scratch.sums.data());
        for (std::size_t r = 0; r < blocks.rowsOf(block); ++r) {
            const Place place = {panel, part, blocks.firstRow(block) + r};
            const std::int64_t* low = scratch.sums.data() + r * tileRows * product.columns;
            if (!product.plain)
                weights.tile().correct(product.terms(panel, part, place.row), low,
                                       blocks.split() ? low + product.columns : nullptr,
                                       scratch.integers.data());
            Totals::add(product, place, product.plain ? low : scratch.integers.data(),
                        scratch.totals.data() + r * width);
        }
    }
}

/// finish(panel, row, totals) for every row of every panel.
template <typename Totals, typename Finish>
void multiplyAll(const Product& product, std::size_t outSize, const Finish& finish,
                 const std::stop_token& stop)
{
    if (outSize != product.input.rows * product.weights.outputs())
        throw Error(ErrorCode::InvalidArgument,
                    "The result of a product has one place for each row and output.");
    const WideWeights& weights = product.weights;
    const auto multiplyPanel = [&](std::size_t panel) {
        Scratch<Totals> scratch(weights.tile());
        for (std::size_t block = 0; block < product.blocks.count(); ++block) {
            throwIfStopped(stop);
            multiplyTile(product, panel, block, scratch);
            for (std::size_t r = 0; r < product.blocks.rowsOf(block); ++r)
                finish(panel, product.blocks.firstRow(block) + r,
                       scratch.totals.data() + r * Totals::perColumn(weights) * product.columns);
        }
    };
    parallelFor(product.weights.panels(), multiplyPanel, stop);
}

void requireOutputs(std::size_t size, const WideWeights& weights, const char* what)
{
    if (size != weights.outputs())
        throw Error(ErrorCode::InvalidArgument, what);
}

} // namespace

void multiplyWide(const WideWeights& weights, const WideActivations& input, std::span<std::int64_t> out,
                  std::stop_token stop)
{
    const Product product(weights, input, stop);
    const auto finish = [&](std::size_t panel, std::size_t row, const std::int64_t* totals) {
        std::copy_n(totals, product.outputsOf(panel),
                    out.data() + row * weights.outputs() + panel * product.columns);
    };
    multiplyAll<IntegerTotals>(product, out.size(), finish, stop);
}

namespace {

/// v of every output; empty where the activations have no offset.
std::vector<double> scaledSums(const Product& product)
{
    const WideWeights& weights = product.weights;
    std::vector<double> sums;
    if (product.input.offset.empty())
        return sums;
    sums.resize(weights.panels() * product.columns);
    for (std::size_t panel = 0; panel < weights.panels(); ++panel)
        for (std::size_t part = 0; part < weights.parts().runs(); ++part)
            weights.tile().accumulate(weights.scale(panel, part), weights.sum(panel, part), part == 0,
                                      sums.data() + panel * product.columns);
    return sums;
}

} // namespace

void multiplyWide(const WideWeights& weights, const WideActivations& input, const WideFloatOutput& output,
                  std::span<float> out, std::stop_token stop)
{
    const Product product(weights, input, stop);
    if (!output.bias.empty())
        requireOutputs(output.bias.size(), weights, "A bias is one for each output.");
    const std::vector<double> columnSums = scaledSums(product);
    std::vector<float> bias(output.bias.begin(), output.bias.end());
    if (!bias.empty())
        bias.resize(weights.panels() * product.columns); // as long as the panels
    const auto finish = [&](std::size_t panel, std::size_t row, const double* totals) {
        const std::size_t first = panel * product.columns;
        WideRowEnd end = {product.scale(row), product.offset(row), nullptr, nullptr, nullptr,
                          output.low,         output.high};
        if (weights.hasOffset())
            end.added = totals + product.columns;
        if (!columnSums.empty())
            end.columnSum = columnSums.data() + first;
        if (!bias.empty())
            end.bias = bias.data() + first;
        float* to = out.data() + row * weights.outputs() + first;
        if (product.outputsOf(panel) == product.columns) {
            weights.tile().finish(end, totals, to);
            return;
        }
        float reals[wideMaxColumns];
        weights.tile().finish(end, totals, reals);
        std::copy_n(reals, product.outputsOf(panel), to);
    };
    multiplyAll<RealTotals>(product, out.size(), finish, stop);
}

void multiplyWide(const WideWeights& weights, const WideActivations& input, const WideQuantizedOutput& output,
                  std::span<std::int16_t> out, std::stop_token stop)
{
    const Product product(weights, input, stop);
    requireOutputs(output.multipliers.size(), weights, "A multiplier is one for each output.");
    if (!output.bias.empty())
        requireOutputs(output.bias.size(), weights, "A bias is one for each output.");
    const auto finish = [&](std::size_t panel, std::size_t row, const std::int64_t* totals) {
        const std::size_t first = panel * product.columns;
        for (std::size_t n = 0; n < product.outputsOf(panel); ++n) {
            const std::int64_t sum = totals[n] + (output.bias.empty() ? 0 : output.bias[first + n]);
            const double scaled = std::nearbyint(output.multipliers[first + n] * static_cast<double>(sum))
                                  + static_cast<double>(output.zeroPoint);
            out[row * weights.outputs() + first + n] = static_cast<std::int16_t>(
                std::clamp(scaled, static_cast<double>(output.low), static_cast<double>(output.high)));
        }
    };
    multiplyAll<IntegerTotals>(product, out.size(), finish, stop);
}

} // namespace quantoscope
