// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/activationrules.h"
#include "core/kernels/product/packedactivations.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace quantoscope {

/// Floats straight into the order that tile kernels read: what quantizeRows() and packActivations() make one after the other,
/// a piece of a block of rows at a time, so that no row-major integers pass through memory. input.depth = depth.depth;
/// `factor` (fa) is what the rules' terms stand for, 2 for mid-rise. `into` may be reused. Returns how many values were not
/// finite. Parallel over blocks; the same for any number of threads. Throws Error(InvalidArgument) as RowRules does, for another
/// depth, and where a sum passes int32; Cancelled.
std::size_t quantizeAndPack(Isa isa, const FloatRows& input, const ActivationRules& rules, const Depth& depth,
                            std::int32_t factor, PackedActivations& into, std::stop_token stop = {});

} // namespace quantoscope
