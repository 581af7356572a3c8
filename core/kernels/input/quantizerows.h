// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/activationrules.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>

namespace quantoscope {

/// Quantizes rows of activations to packed integers, `out` [rows][depth]. `terms`: one a row, filled in with what the integers
/// stand for and their sums. Returns how many values were not finite. Parallel over rows and stretches of long ones; the same for any number of
/// threads. Throws Error(InvalidArgument) as RowRules does, for other counts of terms, and where a sum passes int32; Cancelled.
std::size_t quantizeRows(Isa isa, const FloatRows& input, const ActivationRules& rules, std::int8_t* out,
                         std::span<RowTerms> terms, std::stop_token stop = {});
std::size_t quantizeRows(Isa isa, const FloatRows& input, const ActivationRules& rules, std::int16_t* out,
                         std::span<RowTerms> terms, std::stop_token stop = {});

} // namespace quantoscope
