// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/channelmajor.h"

#include <algorithm>
#include <cassert>

namespace quantoscope {

namespace {

/// Copies in tiles of 32 × 32 (inner = 1 is a plain transposition, whose stores would miss otherwise).
std::shared_ptr<std::vector<float>> moveAxisToFront(std::span<const float> in, std::size_t outer,
                                                    std::size_t channels, std::size_t inner)
{
    auto out = std::make_shared<std::vector<float>>(in.size());
    if (inner > 1) {
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t o = 0; o < outer; ++o)
                std::copy_n(in.data() + (o * channels + c) * inner, inner,
                            out->data() + (c * outer + o) * inner);
        return out;
    }
    constexpr std::size_t tile = 32;
    for (std::size_t o0 = 0; o0 < outer; o0 += tile)
        for (std::size_t c0 = 0; c0 < channels; c0 += tile)
            for (std::size_t c = c0; c < std::min(c0 + tile, channels); ++c)
                for (std::size_t o = o0; o < std::min(o0 + tile, outer); ++o)
                    (*out)[c * outer + o] = in[o * channels + c];
    return out;
}

} // namespace

ChannelMajor channelMajor(const FloatArray& array, const Shape& shape, int axis)
{
    const std::size_t count = array.values.size();
    if (axis < 0 || shape.size() < 2 || count == 0)
        return {array.values, 1, count, 0, array.owner};
    assert(static_cast<std::size_t>(axis) < shape.size());
    const auto at = static_cast<std::size_t>(axis);
    const auto channels = static_cast<std::size_t>(shape[at]);
    std::size_t outer = 1;
    for (std::size_t i = 0; i < at; ++i)
        outer *= static_cast<std::size_t>(shape[i]);
    if (outer == 1)
        return {array.values, channels, count / channels, 0, array.owner};
    const std::size_t inner = count / channels / outer;
    auto moved = moveAxisToFront(array.values, outer, channels, inner);
    return {*moved, channels, count / channels, inner, moved};
}

} // namespace quantoscope
