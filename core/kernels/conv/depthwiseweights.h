// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/codematrix.h"
#include "core/kernels/conv/depthwisekernel.h"
#include "core/kernels/conv/geometry.h"
#include "core/kernels/isa.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantoscope {

/// Weights of a depthwise convolution, whose outputs each see one channel, as integers e of CodeMatrix: zero points are in them
/// already. Taps are [kernel y][kernel x], padded with zeros to whole steps of the kernel: each row where that costs no step.
struct DepthwiseWeights
{
    const DepthwiseKernel* kernel = nullptr; ///< null: the convolution is not depthwise
    std::size_t outputs = 0;
    std::size_t lanes = 0;  ///< outputs padded to whole ones of the kernel
    std::size_t period = 0; ///< lanes after which the packed order repeats
    std::size_t taps = 0;
    std::size_t rowTaps =
        0; ///< taps that follow each other; steps begin anew behind them: a kernel row's, or all
    std::size_t slotsOfRow = 0; ///< rowTaps padded to whole steps
    std::size_t steps = 0;
    std::vector<std::ptrdiff_t> offsets; ///< bytes from the first tap of a window, [steps · taps of a step]
    /// int8 (step 4) or int16 (step 2): [step][period in the order of the kernel][tap of the step].
    AlignedBuffer<std::byte> packed;
    /// [period in that order], step 4: -128 · Σ e over all taps, for activations that are stored 128 too large.
    AlignedBuffer<std::int32_t> start;
    /// The same with e = 1, where weights have offsets: sums of windows.
    AlignedBuffer<std::byte> ones;
    AlignedBuffer<std::int32_t> startOfOnes;

    /// Where a tap lies among those of all steps, paddings included.
    std::size_t slotOf(std::size_t tap) const { return tap / rowTaps * slotsOfRow + tap % rowTaps; }

    std::size_t size() const
    {
        return packed.size() + ones.size() + (start.size() + startOfOnes.size()) * sizeof(std::int32_t);
    }
};

/// `weights` fits the geometry, which is depthwise.
DepthwiseWeights packDepthwise(const CodeMatrix& weights, const ConvGeometry& geometry, Isa isa);

} // namespace quantoscope
