// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/blockcodec.h"
#include "core/tensor/channelmajor.h"

#include <stop_token>

namespace quantoscope {

/// The codec of a format of blocks, by format, `exponent` and `scale`.
const BlockCodec& codecOf(const Scheme& scheme);

/// parameterize() for the formats of blocks.
ParamSets encodeBlocks(const ChannelMajor& values, const Scheme& scheme, std::stop_token stop);

} // namespace quantoscope
