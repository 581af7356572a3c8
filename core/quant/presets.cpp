// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/presets.h"

#include <array>

namespace quantoscope {

namespace {

constexpr std::array<Preset, 6> table = {{
    {"int8-per-tensor", "bits=8",
     "restricted symmetric grid, one scale a tensor; Nagel et al., arXiv 2106.08295, section 2.2"},
    {"int8-per-channel", "bits=8,granularity=channel",
     "restricted symmetric grid, one scale an output channel; TensorFlow Lite 8-bit specification"},
    {"int4-per-tensor", "bits=4",
     "restricted symmetric grid, one scale a tensor; shows what finer scales are for"},
    {"int4-group-32", "bits=4,granularity=group:32",
     "restricted symmetric grid, one scale for 32 consecutive weights"},
    {"int4-group-128", "bits=4,granularity=group:128",
     "restricted symmetric grid, one scale for 128 consecutive weights"},
    {"binary", "format=binary", "sign(x) · mean |x|; Rastegari et al., XNOR-Net, 2016"},
}};

} // namespace

std::span<const Preset> presets() { return table; }

} // namespace quantoscope
