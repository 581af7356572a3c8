// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/convolution.h"
#include "core/kernels/isa.h"
#include "core/kernels/output/epilogue.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// May no sum of the convolution pass int32 together with its bias? Then it does not matter when biases are added.
bool biasesFit(const PackedConv& conv, const ConvInput& input, const QuantizedOutput& rule);

/// Epilogue::toInt8 for Requantization::Float where biases fit and all factors are 1: the same codes, with what belongs to a
/// column in one number and codes of two rows packed at once. Tiles of at most 32 columns whose rows are 32 sums apart.
using TileToCodes = void (*)(const TileSums& sums, const RowTerms* rows, const ColumnTerms& columns,
                             const QuantizedOutput& output, std::int8_t* out, std::size_t stride);

/// Null where there is none for the instruction set.
TileToCodes tileToCodes(Isa isa);

} // namespace quantoscope
