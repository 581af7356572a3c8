// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/layerkernel.h"

#include "core/kernels/layer/codesof.h"
#include "core/kernels/layer/products.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

void requireSizes(const LayerWork& work)
{
    const auto require = [](bool holds, const std::string& what) {
        if (!holds)
            throw Error(ErrorCode::InvalidArgument, "The layer's sizes do not fit together: " + what);
    };
    require(work.params != nullptr, "its weights are not quantized.");
    const std::size_t groups = work.transposed ? static_cast<std::size_t>(work.transposed->groups) : 1;
    require(work.bias.empty() || work.bias.size() == work.weights.channels * groups,
            "the bias has not one value an output.");
    if (work.transposed) {
        const TransposeGeometry& geometry = *work.transposed;
        geometry.validate();
        require(static_cast<std::size_t>(geometry.groupOutputs()) == work.weights.channels
                    && static_cast<std::size_t>(geometry.channels * geometry.taps())
                           == work.weights.perChannel,
                "the weights are not those of the transposed convolution.");
    }
    if (work.conv) {
        work.conv->validate();
        require(static_cast<std::size_t>(work.conv->outputs) == work.weights.channels
                    && static_cast<std::size_t>(work.conv->depth()) == work.weights.perChannel,
                "the weights are not those of the convolution.");
    }
    require(work.input.size() == work.inputSize(), "the input has " + std::to_string(work.input.size())
                                                       + " values, not " + std::to_string(work.inputSize())
                                                       + ".");
}

std::unique_ptr<LayerKernel> gathered(LayerWork work,
                                      const std::function<std::unique_ptr<LayerKernel>(LayerWork)>& make)
{
    return work.conv ? makeGatheredKernel(std::move(work), make) : make(std::move(work));
}

CodeMatrix codesOrThrow(const LayerWork& work)
{
    CodesOf result = codesOf(work.weights, *work.params);
    if (!result.codes)
        throw Error(ErrorCode::Unsupported, result.reason);
    return std::move(*result.codes);
}

/// Taken anew for a group of a convolution; else `whole` is used up.
CodeMatrix codesFor(const LayerWork& rows, CodeMatrix& whole)
{
    return rows.weights.channels == whole.outputs ? std::move(whole) : codesOrThrow(rows);
}

/// Words where a side has more than 8 bits, tables of words included.
bool isWide(const LayerWork& work, const CodeMatrix& codes)
{
    const bool wideTable = std::any_of(codes.table.begin(), codes.table.end(),
                                       [](std::int16_t level) { return level < -128 || level > 127; });
    return codes.bits > 8 || work.act->bits > 8 || wideTable;
}

std::unique_ptr<LayerKernel> makeIntegerKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop)
{
    using Maker = std::unique_ptr<LayerKernel> (*)(LayerWork, CodeMatrix, Isa, std::stop_token);
    const auto asRows = [&](Maker maker) {
        return gathered(std::move(work), [&](LayerWork rows) {
            CodeMatrix own = codesFor(rows, codes);
            return maker(std::move(rows), std::move(own), isa, stop);
        });
    };
    if (isWide(work, codes) && hasWideDepthwiseKernel(work, codes))
        return makeWideDepthwiseKernel(std::move(work), std::move(codes), isa, stop);
    if (isWide(work, codes))
        return asRows(makeWideKernel);
    if (codes.grouped)
        return asRows(makeGroupedKernel);
    return work.conv ? makeConvKernel(std::move(work), std::move(codes), isa, stop)
                     : makeProductKernel(std::move(work), std::move(codes), isa, stop);
}

} // namespace

std::size_t LayerWork::rowSize() const
{
    if (transposed)
        return transposed->inputSize();
    return conv ? conv->inputSize() : weights.perChannel;
}

std::size_t LayerWork::inputSize() const { return rows * rowSize(); }

std::size_t LayerWork::outputSize() const
{
    if (transposed)
        return rows * transposed->outputSize();
    return rows * (conv ? conv->outputSize() : weights.channels);
}

double LayerWork::macs() const
{
    if (transposed)
        return static_cast<double>(inputSize())
               * static_cast<double>(transposed->groupOutputs() * transposed->taps());
    return static_cast<double>(outputSize()) * static_cast<double>(weights.perChannel);
}

void LayerKernel::runOn(const LayerCall&, std::stop_token)
{
    throw Error(ErrorCode::Unsupported,
                "The kernel '" + m_name + "' runs on the rows it was made for alone.");
}

std::unique_ptr<LayerKernel> makeLayerKernel(LayerWork work, Isa isa, KernelChoice choice,
                                             std::stop_token stop)
{
    requireSizes(work);
    if (work.transposed)
        return makeTransposeKernel(std::move(work), isa, choice, stop);
    if (!work.act) {
        if (work.conv && work.conv->isDepthwise())
            return makeFloatDepthwiseKernel(std::move(work), isa);
        return gathered(std::move(work),
                        [&](LayerWork rows) { return makeFloatKernel(std::move(rows), isa, stop); });
    }
    CodeMatrix codes = codesOrThrow(work);
    const bool signs = work.act->format == Format::Binary;
    if (signs) {
        if (codes.bits != 1)
            throw Error(ErrorCode::Unsupported,
                        "Binary activations are multiplied with binary weights only.");
        if (codes.grouped)
            throw Error(ErrorCode::Unsupported,
                        "Binary activations are multiplied with weights of one scale an output, not with "
                        "groups.");
        return gathered(std::move(work), [&](LayerWork rows) {
            CodeMatrix own = codesFor(rows, codes);
            return makeXnorKernel(std::move(rows), std::move(own), isa, stop);
        });
    }
    if (choice == KernelChoice::MaskedTernary) {
        if (work.params->scheme.format != Format::Ternary || codes.grouped || work.conv || work.act->bits > 8)
            throw Error(ErrorCode::Unsupported,
                        "Masked additions run matrix products of ternary weights with a scale an output.");
        return makeTernaryKernel(std::move(work), std::move(codes), isa, stop);
    }
    if (choice == KernelChoice::Saturating)
        return makeSaturatingKernel(std::move(work), std::move(codes), isa, stop);
    return makeIntegerKernel(std::move(work), std::move(codes), isa, stop);
}

} // namespace quantoscope
