// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/measure.h"

namespace quantoscope {

/// measureError() for schemes whose codes or values the fused pass cannot make: decided beforehand, tables of levels,
/// x · (1/s). Element by element through ElementQuantizer, then the same sums in the same order. `gain`: see ErrorState.
PassResult measureElements(const ChannelMajor& values, const ParamSets& params, const PassOptions& options,
                           float gain, std::stop_token stop, std::optional<std::size_t> onlySet);

} // namespace quantoscope
