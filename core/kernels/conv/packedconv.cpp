// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/packedconv.h"

#include "core/kernels/tile.h"
#include "core/support/error.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace quantoscope {

namespace {

void validate(const CodeMatrix& weights, const ConvGeometry& geometry)
{
    geometry.validate();
    weights.validate();
    if (weights.outputs != static_cast<std::size_t>(geometry.outputs)
        || weights.depth.depth != static_cast<std::size_t>(geometry.depth()))
        throw Error(ErrorCode::InvalidArgument,
                    "The weights of a convolution are " + std::to_string(geometry.outputs) + " × "
                        + std::to_string(geometry.depth()) + "; these are " + std::to_string(weights.outputs)
                        + " × " + std::to_string(weights.depth.depth) + ".");
    if (weights.bits > 8)
        throw Error(ErrorCode::Unsupported, "Convolutions multiply weights of 1 to 8 bits; these have "
                                                + std::to_string(weights.bits) + ".");
    if (weights.setsPerOutput() > 1)
        throw Error(ErrorCode::Unsupported,
                    "Convolutions take one scale an output, not scales of groups of inputs.");
}

/// Σ e over the channels of each tap: [output][tap].
std::vector<std::int64_t> sumsOfTaps(const CodeMatrix& weights, const ConvGeometry& geometry)
{
    const auto taps = static_cast<std::size_t>(geometry.taps());
    std::vector<std::int64_t> sums(weights.outputs * taps);
    for (std::size_t output = 0; output < weights.outputs; ++output) {
        const std::uint16_t* const codes = weights.codes.data() + output * weights.depth.depth;
        for (std::size_t k = 0; k < weights.depth.depth; ++k)
            sums[output * taps + k % taps] +=
                weights.table.empty() ? std::int64_t{weights.factor} * codes[k] - weights.zero[output]
                                      : weights.table[codes[k]];
    }
    return sums;
}

/// A pointwise convolution sees one long row.
ConvGeometry walkedGeometry(const ConvGeometry& geometry)
{
    ConvGeometry walked = geometry;
    if (geometry.isPointwise()) {
        walked.x.input = geometry.y.input * geometry.x.input;
        walked.y.input = 1;
    }
    return walked;
}

std::int32_t integerAt(const CodeMatrix& weights, std::size_t i)
{
    return weights.codes[i] - weights.zero[i / weights.depth.depth];
}

/// Bytes whose integers fit int8 become panels of those: no sums of activations are needed then.
bool becomesSigned(const CodeMatrix& weights, const TileKernel& kernel)
{
    if (kernel.multiplySigned == nullptr || weights.bits != 8 || weights.factor != 1
        || !weights.table.empty())
        return false;
    for (std::size_t i = 0; i < weights.codes.size(); ++i)
        if (const std::int32_t e = integerAt(weights, i); e < -128 || e > 127)
            return false;
    return true;
}

CodeMatrix asSigned(const CodeMatrix& weights)
{
    CodeMatrix result = weights;
    for (std::size_t i = 0; i < weights.codes.size(); ++i)
        result.codes[i] = static_cast<std::uint8_t>(integerAt(weights, i));
    return result;
}

AlignedBuffer<std::int32_t> startsOf(const CodeMatrix& weights, const DenseWeights& dense)
{
    const WeightPlanes& planes = dense.groups.front();
    AlignedBuffer<std::int32_t> starts(dense.groups.size() * planes.panels
                                       * static_cast<std::size_t>(planes.columns));
    for (std::size_t i = 0; i < weights.codes.size(); ++i)
        starts.data()[dense.placeOf(i / weights.depth.depth)] -= 128 * integerAt(weights, i);
    return starts;
}

/// The weights of one group, its codes in the order kernel y, kernel x, channel.
CodeMatrix groupOf(const CodeMatrix& weights, const ConvGeometry& geometry, std::size_t group)
{
    const auto channels = static_cast<std::size_t>(geometry.groupChannels());
    const auto taps = static_cast<std::size_t>(geometry.taps());
    CodeMatrix part;
    part.outputs = static_cast<std::size_t>(geometry.groupOutputs());
    part.depth.depth = channels * taps;
    part.bits = weights.bits;
    part.table = weights.table;
    part.factor = weights.factor;
    part.zero.assign(part.outputs, 0);
    part.scale.assign(part.outputs, 1);
    part.codes.resize(part.outputs * part.depth.depth);
    const std::uint16_t* from = weights.codes.data() + group * part.codes.size();
    for (std::size_t output = 0; output < part.outputs; ++output)
        for (std::size_t channel = 0; channel < channels; ++channel)
            for (std::size_t tap = 0; tap < taps; ++tap)
                part.codes[(output * taps + tap) * channels + channel] = *from++;
    return part;
}

/// Taps that lie beside each other in memory are one run of the depth: the codes behind its last channel meet weights of code 0.
/// Only tables give that code a value, so that theirs must meet zeros.
DenseWeights packDense(const CodeMatrix& weights, const ConvGeometry& geometry, Isa isa, std::stop_token stop)
{
    const TileKernel& kernel = tileKernel(isa);
    const bool isSigned = becomesSigned(weights, kernel);
    const CodeMatrix integers = isSigned ? asSigned(weights) : CodeMatrix();
    const CodeMatrix& codes = isSigned ? integers : weights;
    const auto step = static_cast<std::size_t>(kernel.step);
    const auto channels = static_cast<std::size_t>(geometry.groupChannels());
    DenseWeights dense;
    dense.walked = walkedGeometry(geometry);
    dense.codeBytes = kernel.activationBytes();
    dense.pixelCodes = weights.table.empty() ? channels : (channels + step - 1) / step * step;
    const bool joined = dense.pixelCodes == channels && geometry.x.dilation == 1;
    const std::int64_t runsOfRow = joined ? 1 : geometry.x.kernel;
    const std::size_t run = joined ? channels * static_cast<std::size_t>(geometry.x.kernel) : channels;
    dense.stepsPerSegment = (run + step - 1) / step;
    for (std::int64_t y = 0; y < geometry.y.kernel; ++y)
        for (std::int64_t x = 0; x < runsOfRow; ++x)
            dense.segments.push_back(y * geometry.y.dilation * static_cast<std::ptrdiff_t>(dense.rowBytes())
                                     + x * geometry.x.dilation
                                           * static_cast<std::ptrdiff_t>(dense.pixelBytes()));
    for (std::size_t group = 0; group < static_cast<std::size_t>(geometry.groups); ++group) {
        CodeMatrix part = groupOf(codes, geometry, group);
        part.depth.run = run;
        dense.groups.push_back(packPlanes(part, isa, stop));
    }
    if (isSigned)
        dense.starts = startsOf(weights, dense);
    return dense;
}

void useDense(PackedConv& conv, const CodeMatrix& weights, DenseWeights dense)
{
    conv.kernel = tileKernel(conv.isa).name;
    conv.factor = weights.factor;
    conv.zero = weights.zero;
    if (!weights.table.empty())
        conv.zero.assign(weights.outputs, dense.groups.front().shift);
    const bool noZeros =
        std::all_of(conv.zero.begin(), conv.zero.end(), [](std::int32_t z) { return z == 0; });
    if (noZeros || dense.starts.size() > 0)
        conv.zero.clear();
    conv.dense = std::move(dense);
}

/// Factor and zero are in the packed integers.
void useDepthwise(PackedConv& conv, DepthwiseWeights depthwise)
{
    conv.kernel = depthwise.kernel->name;
    conv.depthwise = std::move(depthwise);
}

std::uint64_t sizeOf(const PackedConv& conv)
{
    std::uint64_t size = conv.depthwise.size() + conv.windows.sums.size() * sizeof(std::int32_t)
                         + conv.zero.size() * sizeof(std::int32_t)
                         + (conv.scale.size() + conv.offset.size()) * sizeof(float);
    size += conv.dense.starts.size() * sizeof(std::int32_t);
    for (const WeightPlanes& group : conv.dense.groups)
        size += group.size();
    return size;
}

} // namespace

PackedConv packConv(const CodeMatrix& weights, const ConvGeometry& geometry, Isa isa, std::stop_token stop)
{
    const auto start = std::chrono::steady_clock::now();
    validate(weights, geometry);
    PackedConv conv;
    conv.geometry = geometry;
    conv.isa = isa;
    conv.bits = weights.bits;
    conv.largest = weights.largestInteger();
    conv.scale = weights.scale;
    conv.offset = weights.offset;
    conv.windows = windowClasses(geometry, sumsOfTaps(weights, geometry));
    if (geometry.isDepthwise())
        useDepthwise(conv, packDepthwise(weights, geometry, isa));
    else
        useDense(conv, weights, packDense(weights, geometry, isa, stop));
    conv.sizeBytes = sizeOf(conv);
    conv.packSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return conv;
}

} // namespace quantoscope
