// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// One of the two spatial axes of a convolution. Signed, so that what a model file says can be judged.
struct ConvAxis
{
    std::int64_t input = 1;  ///< elements of the image
    std::int64_t kernel = 1; ///< taps
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::int64_t padBegin = 0;
    std::int64_t padEnd = 0;

    std::int64_t reach() const { return (kernel - 1) * dilation + 1; } ///< elements from first to last tap
    std::int64_t padded() const { return input + padBegin + padEnd; }
    std::int64_t output() const { return (padded() - reach()) / stride + 1; }
    bool operator==(const ConvAxis&) const = default;
};

/// ONNX Conv's attribute auto_pad.
enum class AutoPad { NotSet, SameUpper, SameLower, Valid };

/// `axis` with the padding that auto_pad asks for: output = ceil(input / stride) where "same", the odd element at the end (upper)
/// or the beginning (lower). NotSet leaves it alone; sizes that validate() refuses get no padding. Source: ONNX operator Conv, version 11.
ConvAxis withAutoPad(ConvAxis axis, AutoPad autoPad);

/// All that ONNX Conv says about a two-dimensional convolution but the number of images; a one-dimensional one has a y axis
/// of 1. Weights are [outputs][channels / groups][kernel y][kernel x].
struct ConvGeometry
{
    std::int64_t channels = 1;
    std::int64_t outputs = 1;
    std::int64_t groups = 1;
    ConvAxis y;
    ConvAxis x;

    std::int64_t taps() const { return y.kernel * x.kernel; }
    std::int64_t groupChannels() const { return channels / groups; }
    std::int64_t groupOutputs() const { return outputs / groups; }
    std::int64_t depth() const { return taps() * groupChannels(); } ///< weights of an output
    std::int64_t positions() const { return y.output() * x.output(); }
    std::size_t inputSize() const { return static_cast<std::size_t>(channels * y.input * x.input); }
    std::size_t outputSize() const { return static_cast<std::size_t>(outputs * positions()); }
    bool isDepthwise() const { return groups == channels && groups > 1; }
    bool isPadded() const { return y.padBegin + y.padEnd + x.padBegin + x.padEnd > 0; }
    /// Do weights of one fit the other? The images may differ in size.
    bool hasWindowsOf(const ConvGeometry& other) const
    {
        return channels == other.channels && outputs == other.outputs && groups == other.groups
               && y.kernel == other.y.kernel && x.kernel == other.x.kernel;
    }
    /// Each output position reads exactly its own pixel.
    bool isPointwise() const;

    /// Throws Error(InvalidArgument) in one sentence: sizes, strides and dilations below 1, padding below 0, a kernel that is
    /// larger than the padded image, groups that do not divide channels and outputs, sizes beyond 2^40.
    void validate() const;
    bool operator==(const ConvGeometry&) const = default;
};

} // namespace quantoscope
