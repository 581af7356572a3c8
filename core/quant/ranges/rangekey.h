// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

namespace quantoscope {

/// The scheme with every field that estimateRanges() does not look at set to its default: schemes of equal keys have equal ranges
/// for the same values, so ranges may be kept by it. What is left:
///   always                                  format, granularity, range
///   percentile, sigma                       grid
///   mse, entropy, aciq*                     grid, bits, codes
///   format=binary                           format and granularity alone
Scheme rangeKey(const Scheme& scheme);

} // namespace quantoscope
