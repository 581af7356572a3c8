// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/packedtranspose.h"
#include "core/kernels/layer/codesof.h"
#include "core/kernels/layer/products.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Values as tapColumns() arranges codes.
std::vector<float> columnsOf(const std::vector<float>& values, const TransposeGeometry& geometry,
                             std::size_t group)
{
    const auto taps = static_cast<std::size_t>(geometry.taps());
    const auto channels = static_cast<std::size_t>(geometry.groupChannels());
    const auto outputs = static_cast<std::size_t>(geometry.groupOutputs());
    const std::size_t depth = static_cast<std::size_t>(geometry.channels) * taps;
    std::vector<float> columns;
    columns.reserve(taps * outputs * channels);
    for (std::size_t tap = 0; tap < taps; ++tap)
        for (std::size_t output = 0; output < outputs; ++output)
            for (std::size_t channel = 0; channel < channels; ++channel)
                columns.push_back(values[output * depth + (group * channels + channel) * taps + tap]);
    return columns;
}

std::unique_ptr<LayerKernel> makeFloatTransposeKernel(LayerWork work, Isa isa, std::stop_token stop)
{
    const TransposeGeometry geometry = *work.transposed;
    const CodesOf codes = codesOf(work.weights, *work.params);
    if (codes.codes && !codes.codes->grouped)
        return makeScatteredKernel(std::move(work), [&](LayerWork rows, std::size_t group) {
            return makeFloatKernel(std::move(rows),
                                   FloatPanels::fromCodes(tapColumns(*codes.codes, geometry, group), stop),
                                   std::to_string(codes.codes->bits) + "-bit weights decoded", isa);
        });
    const std::vector<float> values = quantize(work.weights, *work.params).values;
    return makeScatteredKernel(std::move(work), [&](LayerWork rows, std::size_t group) {
        const std::vector<float> columns = columnsOf(values, geometry, group);
        const std::size_t outputs = rows.weights.channels;
        const std::size_t depth = rows.weights.perChannel;
        return makeFloatKernel(std::move(rows),
                               FloatPanels::fromValues(columns, outputs, depth, FloatType::Float32, stop),
                               "values decoded beforehand", isa);
    });
}

/// Words where a side has more than 8 bits, tables of words included.
bool isWide(const LayerWork& work, const CodeMatrix& codes)
{
    const bool wideTable = std::any_of(codes.table.begin(), codes.table.end(),
                                       [](std::int16_t level) { return level < -128 || level > 127; });
    return codes.bits > 8 || work.act->bits > 8 || wideTable;
}

} // namespace

std::unique_ptr<LayerKernel> makeTransposeKernel(LayerWork work, Isa isa, KernelChoice choice,
                                                 std::stop_token stop)
{
    if (choice != KernelChoice::Fastest)
        throw Error(ErrorCode::Unsupported, "Transposed convolutions have no such kernel.");
    if (!work.act)
        return makeFloatTransposeKernel(std::move(work), isa, stop);
    CodesOf found = codesOf(work.weights, *work.params);
    if (!found.codes)
        throw Error(ErrorCode::Unsupported, found.reason);
    CodeMatrix codes = std::move(*found.codes);
    const bool signs = work.act->format == Format::Binary;
    if (signs && codes.bits != 1)
        throw Error(ErrorCode::Unsupported, "Binary activations are multiplied with binary weights only.");
    const bool wide = !signs && isWide(work, codes);
    const bool offsets =
        !codes.offset.empty() || work.act->grid == Grid::Offset || work.act->grid == Grid::MidRise;
    if (!signs && !wide && !offsets)
        return makeIntegerTransposeKernel(std::move(work), std::move(codes), isa, stop);
    const TransposeGeometry geometry = *work.transposed;
    const auto maker = signs ? makeXnorKernel : wide ? makeWideKernel : makeProductKernel;
    return makeScatteredKernel(std::move(work), [&](LayerWork rows, std::size_t group) {
        return maker(std::move(rows), tapColumns(codes, geometry, group), isa, stop);
    });
}

} // namespace quantoscope
