// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/weights/channelprofile.h"
#include "core/network/network.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quantoscope {

/// What the Channels tab draws of a layer.
struct ChannelsPicture
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    Scheme scheme;
    std::vector<ChannelSpan> spans; ///< by channel
    std::vector<ChannelSpan>
        equalized;                  ///< after cross-layer equalization; empty: not asked for or not possible
    std::string whyNotEqualized;    ///< "" where it is there or was not asked for
    std::optional<Interval> tensor; ///< ends of the levels that one scale for the tensor would have
    std::string issue;              ///< why the scheme does not fit the layer; the ranges stand all the same
    ChannelOrder order = ChannelOrder::Index;
};

} // namespace quantoscope
