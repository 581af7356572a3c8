// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/depthwiseweights.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

namespace quantoscope {

namespace {

/// e of every weight: [output][tap].
std::vector<std::int32_t> integersOf(const CodeMatrix& weights)
{
    std::vector<std::int32_t> integers(weights.codes.size());
    for (std::size_t i = 0; i < integers.size(); ++i)
        integers[i] = weights.table.empty()
                          ? weights.factor * weights.codes[i] - weights.zero[i / weights.depth.depth]
                          : weights.table[weights.codes[i]];
    return integers;
}

const DepthwiseKernel& kernelFor(const std::vector<std::int32_t>& integers, Isa isa)
{
    const bool bytes =
        std::all_of(integers.begin(), integers.end(), [](std::int32_t e) { return e >= -128 && e <= 127; });
    return bytes && isa == Isa::Avx512Vnni && depthwiseQuad().multiply != nullptr ? depthwiseQuad()
                                                                                  : depthwisePair(isa);
}

template <typename Integer>
AlignedBuffer<std::byte> pack(const std::vector<std::int32_t>& integers, const DepthwiseWeights& weights)
{
    const auto step = static_cast<std::size_t>(weights.kernel->step);
    AlignedBuffer<std::byte> packed(weights.steps * weights.period * step * sizeof(Integer));
    for (std::size_t lane = 0; lane < weights.period; ++lane) {
        const std::size_t output = lane % weights.lanes;
        for (std::size_t tap = 0; tap < weights.taps && output < weights.outputs; ++tap) {
            const auto e = static_cast<Integer>(integers[output * weights.taps + tap]);
            const std::size_t slot = weights.slotOf(tap);
            const std::size_t at =
                (slot / step * weights.period + weights.kernel->place(lane)) * step + slot % step;
            std::memcpy(packed.data() + at * sizeof e, &e, sizeof e);
        }
    }
    return packed;
}

AlignedBuffer<std::int32_t> startOf(const std::vector<std::int32_t>& integers,
                                    const DepthwiseWeights& weights)
{
    AlignedBuffer<std::int32_t> start(weights.period);
    for (std::size_t lane = 0; lane < weights.period; ++lane) {
        const std::size_t output = lane % weights.lanes;
        for (std::size_t tap = 0; tap < weights.taps && output < weights.outputs; ++tap)
            start.data()[weights.kernel->place(lane)] -= 128 * integers[output * weights.taps + tap];
    }
    return start;
}

/// On padded rows of pixels of `lanes` codes; what pads a step is read from the first tap.
std::vector<std::ptrdiff_t> offsetsOf(const DepthwiseWeights& weights, const ConvGeometry& geometry)
{
    const auto pixel = static_cast<std::ptrdiff_t>(weights.lanes * (weights.kernel->step == 4 ? 1 : 2));
    std::vector<std::ptrdiff_t> offsets(weights.steps * static_cast<std::size_t>(weights.kernel->step), 0);
    for (std::int64_t tap = 0; tap < geometry.taps(); ++tap)
        offsets[weights.slotOf(static_cast<std::size_t>(tap))] =
            (tap / geometry.x.kernel * geometry.y.dilation * geometry.x.padded()
             + tap % geometry.x.kernel * geometry.x.dilation)
            * pixel;
    return offsets;
}

/// Both in the kernel's order; activations of int16 are not shifted, so that their sums begin with 0.
void packInto(const std::vector<std::int32_t>& integers, const DepthwiseWeights& weights,
              AlignedBuffer<std::byte>& packed, AlignedBuffer<std::int32_t>& start)
{
    const bool bytes = weights.kernel->step == 4;
    packed = bytes ? pack<std::int8_t>(integers, weights) : pack<std::int16_t>(integers, weights);
    if (bytes)
        start = startOf(integers, weights);
}

} // namespace

DepthwiseWeights packDepthwise(const CodeMatrix& weights, const ConvGeometry& geometry, Isa isa)
{
    const std::vector<std::int32_t> integers = integersOf(weights);
    DepthwiseWeights packed;
    packed.kernel = &kernelFor(integers, isa);
    packed.outputs = weights.outputs;
    const std::size_t unit = packed.kernel->lanes;
    packed.lanes = (weights.outputs + unit - 1) / unit * unit;
    packed.taps = static_cast<std::size_t>(geometry.taps());
    const auto step = static_cast<std::size_t>(packed.kernel->step);
    const auto whole = [step](std::size_t taps) { return (taps + step - 1) / step * step; };
    const auto width = static_cast<std::size_t>(geometry.x.kernel);
    const bool byRow = packed.taps / width * whole(width) == whole(packed.taps);
    packed.rowTaps = byRow ? width : packed.taps;
    packed.slotsOfRow = whole(packed.rowTaps);
    packed.steps = packed.taps / packed.rowTaps * packed.slotsOfRow / step;
    packed.period = step == 4 ? std::lcm(packed.lanes, std::size_t{64}) : packed.lanes;
    packed.offsets = offsetsOf(packed, geometry);
    packInto(integers, packed, packed.packed, packed.start);
    if (!weights.offset.empty())
        packInto(std::vector<std::int32_t>(integers.size(), 1), packed, packed.ones, packed.startOfOnes);
    return packed;
}

} // namespace quantoscope
