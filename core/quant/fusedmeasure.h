// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/errorpass.h"
#include "core/quant/measure.h"

namespace quantoscope {

/// What several passes over the same values have in common.
struct FusedMeasure
{
    const ChannelMajor& values;
    const SetLayout& layout;
    const Rounding& rounding;
    bool allFinite;
    std::optional<std::size_t> onlySet;
};

/// One result for each setup, memory read once for all of them. The same bits as each setup alone.
/// `codeCounts`: those of the setups stay null, each thread has its own.
std::vector<PassResult> measureFused(const FusedMeasure& measure, std::span<const PassSetup> setups,
                                     bool codeCounts, std::stop_token stop);

} // namespace quantoscope
