// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/packedtranspose.h"

#include "core/kernels/tile.h"
#include "core/support/error.h"

#include <chrono>
#include <string>

namespace quantoscope {

namespace {

void validate(const CodeMatrix& weights, const TransposeGeometry& geometry)
{
    weights.validate();
    const auto depth = static_cast<std::size_t>(geometry.channels * geometry.taps());
    if (weights.outputs != static_cast<std::size_t>(geometry.groupOutputs()) || weights.depth.depth != depth)
        throw Error(ErrorCode::InvalidArgument,
                    "The weights of a transposed convolution are " + std::to_string(geometry.groupOutputs())
                        + " × " + std::to_string(depth) + "; these are " + std::to_string(weights.outputs)
                        + " × " + std::to_string(weights.depth.depth) + ".");
    if (weights.setsPerOutput() > 1)
        throw Error(ErrorCode::Unsupported, "Groups of a transposed convolution's weights lie across its "
                                            "sums: it takes one scale an output.");
}

} // namespace

CodeMatrix tapColumns(const CodeMatrix& weights, const TransposeGeometry& geometry, std::size_t group)
{
    geometry.validate();
    validate(weights, geometry);
    const auto taps = static_cast<std::size_t>(geometry.taps());
    const auto channels = static_cast<std::size_t>(geometry.groupChannels());
    CodeMatrix columns;
    columns.outputs = taps * weights.outputs;
    columns.depth = {channels, channels};
    columns.bits = weights.bits;
    columns.table = weights.table;
    columns.factor = weights.factor;
    columns.codes.resize(columns.outputs * channels);
    std::uint16_t* to = columns.codes.data();
    for (std::size_t tap = 0; tap < taps; ++tap) {
        for (std::size_t output = 0; output < weights.outputs; ++output) {
            const std::uint16_t* const from =
                weights.codes.data() + output * weights.depth.depth + group * channels * taps + tap;
            for (std::size_t channel = 0; channel < channels; ++channel)
                *to++ = from[channel * taps];
        }
        columns.zero.insert(columns.zero.end(), weights.zero.begin(), weights.zero.end());
        columns.scale.insert(columns.scale.end(), weights.scale.begin(), weights.scale.end());
        columns.offset.insert(columns.offset.end(), weights.offset.begin(), weights.offset.end());
    }
    return columns;
}

PackedTranspose packTranspose(const CodeMatrix& weights, const TransposeGeometry& geometry, Isa isa,
                              std::stop_token stop)
{
    const auto start = std::chrono::steady_clock::now();
    if (weights.bits > 8 || !weights.offset.empty())
        throw Error(ErrorCode::Unsupported,
                    "Transposed convolutions sum integers of weights of 1 to 8 bits without real offsets.");
    PackedTranspose packed;
    packed.geometry = geometry;
    packed.isa = isa;
    packed.kernel = tileKernel(isa).name;
    packed.bits = weights.bits;
    geometry.validate();
    for (std::size_t group = 0; group < static_cast<std::size_t>(geometry.groups); ++group) {
        packed.groups.push_back(packWeights(tapColumns(weights, geometry, group), isa, stop));
        packed.scale.insert(packed.scale.end(), weights.scale.begin(), weights.scale.end());
        packed.sizeBytes += packed.groups.back().size();
    }
    packed.sizeBytes += packed.scale.size() * sizeof(float);
    packed.packSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return packed;
}

} // namespace quantoscope
