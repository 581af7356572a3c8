// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <cstdint>
#include <span>
#include <stop_token>

namespace quantoscope {

/// LLM.int8(): columns [perChannel] marked 1 keep their weights in binary16, the others are quantized by the scheme, whose
/// ranges do not see the marked ones. Source: Dettmers et al., arXiv 2208.07339, section 3.2. Throws Error(SchemeMismatch)
/// where `columns` is not perChannel long, and Cancelled.
ParamSets splitOutliers(const ChannelMajor& values, const Scheme& scheme,
                        std::span<const std::uint8_t> columns, std::stop_token stop = {});

} // namespace quantoscope
