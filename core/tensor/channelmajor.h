// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

namespace quantoscope {

/// Float values with one axis moved to the front: [channels][perChannel], each channel's elements in
/// memory order of the remaining axes. In this order every tensor, channel or group of a scheme is one
/// contiguous run. For axis 0 of an aligned f32 tensor it is a view, else a copy. Shared, immutable.
struct ChannelMajor
{
    std::span<const float> values; ///< channels · perChannel
    std::size_t channels = 0;
    std::size_t perChannel = 0;
    std::size_t inner = 0; ///< product of the dimensions behind the axis; 0 when nothing was moved
    std::shared_ptr<const void> owner;

    /// Position in the original row-major tensor of element `i` of `values`.
    std::size_t memoryIndex(std::size_t i) const
    {
        if (inner == 0)
            return i;
        const std::size_t channel = i / perChannel;
        const std::size_t rest = i % perChannel;
        return (rest / inner * channels + channel) * inner + rest % inner;
    }
};

/// `axis` in [0, rank), or -1: a single channel. A tensor of rank 0 or 1 is always a single channel.
ChannelMajor channelMajor(const FloatArray& array, const Shape& shape, int axis);

} // namespace quantoscope
