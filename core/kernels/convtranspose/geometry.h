// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/geometry.h"

namespace quantoscope {

/// One of the two spatial axes of a transposed convolution: element i of the image goes through tap t to element
/// i · stride + t · dilation - padBegin of the result, where that exists.
struct TransposeAxis
{
    std::int64_t input = 1;
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::int64_t padBegin = 0; ///< elements cut off from the result
    std::int64_t padEnd = 0;
    std::int64_t outputPadding = 0; ///< elements added behind it

    std::int64_t reach() const { return (kernel - 1) * dilation + 1; } ///< elements from first to last tap
    std::int64_t output() const { return stride * (input - 1) + outputPadding + reach() - padBegin - padEnd; }
    /// Taps that can meet at one element of the result, at most.
    std::int64_t meeting() const;
    bool operator==(const TransposeAxis&) const = default;
};

/// `axis` with the padding that auto_pad asks for: output = input · stride where "same" and the taps reach so far, the odd element at
/// the end (upper) or the beginning (lower). NotSet leaves it alone. Source: ONNX operator ConvTranspose, version 11.
TransposeAxis withAutoPad(TransposeAxis axis, AutoPad autoPad);

/// All that ONNX ConvTranspose says about a two-dimensional transposed convolution but the number of images; a one-dimensional one has
/// a y axis of 1. Weights are [channels][outputs / groups][kernel y][kernel x] in the file.
struct TransposeGeometry
{
    std::int64_t channels = 1;
    std::int64_t outputs = 1;
    std::int64_t groups = 1;
    TransposeAxis y;
    TransposeAxis x;

    std::int64_t taps() const { return y.kernel * x.kernel; }
    std::int64_t groupChannels() const { return channels / groups; }
    std::int64_t groupOutputs() const { return outputs / groups; }
    std::int64_t pixels() const { return y.input * x.input; }
    std::int64_t positions() const { return y.output() * x.output(); }
    std::size_t inputSize() const { return static_cast<std::size_t>(channels * pixels()); }
    std::size_t outputSize() const { return static_cast<std::size_t>(outputs * positions()); }
    /// Products that can meet at one position, at most.
    std::int64_t depth() const { return groupChannels() * y.meeting() * x.meeting(); }
    /// Do weights of one fit the other, and go to the same places? The images may differ in size.
    bool hasWeightsOf(const TransposeGeometry& other) const
    {
        return channels == other.channels && outputs == other.outputs && groups == other.groups
               && y.kernel == other.y.kernel && x.kernel == other.x.kernel;
    }

    /// Throws Error(InvalidArgument) in one sentence: sizes, strides and dilations below 1, padding below 0, nothing left of the
    /// result, groups that do not divide channels and outputs, sizes beyond 2^40.
    void validate() const;
    bool operator==(const TransposeGeometry&) const = default;
};

} // namespace quantoscope
