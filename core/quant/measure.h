// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errorsums.h"
#include "core/metrics/valuestats.h"
#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace quantoscope {

/// What one pass over the data measures.
struct PassOptions
{
    bool full = true;                 ///< all sums of ErrorSums; false: only those of the fast pass
    bool codeCounts = true;           ///< occupancy of the codes, pooled over all sets
    std::optional<Extremes> extremes; ///< of the values, when known; else found by a pass of their own
};
struct PassResult
{
    ErrorSums sums;
    std::vector<std::uint64_t> codeCounts; ///< by q - qmin; empty when not asked for
};

/// Quantizes, compares and sums in one pass over memory; nothing is stored per element. The same bits for every
/// instruction set and thread count. `onlySet`: that set alone.
PassResult measureError(const ChannelMajor& values, const ParamSets& params, const PassOptions& options = {},
                        std::stop_token stop = {}, std::optional<std::size_t> onlySet = {});

/// The same of several parameter sets of one layout; each result has the bits that measureError() gives. Memory is read
/// once for all of them where all are Int or Binary with codes by rule and the same rounding, else once for each.
std::vector<PassResult> measureErrors(const ChannelMajor& values, std::span<const ParamSets* const> params,
                                      const PassOptions& options = {}, std::stop_token stop = {});

} // namespace quantoscope
