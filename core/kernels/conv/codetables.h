// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/conv/packedconv.h"
#include "core/kernels/output/epilogue.h"

#include <cstdint>

namespace quantoscope {

/// What kernels that write codes themselves begin sums with, zero points and biases included, and multiply them with: in the order
/// of the packed weights, [group][panel][columns] or [period]. Empty where the codes of a convolution need an epilogue: other rules
/// than Requantization::Float, activations without a code of 0, sums that could pass int32 with their bias, weights of other kernels.
struct CodeTables
{
    AlignedBuffer<std::int32_t> starts;
    AlignedBuffer<float> multipliers;

    bool isEmpty() const { return starts.size() == 0; }
};

/// For activations of one rule. As long as the rule's arrays stay as they are, they hold for any number of calls.
CodeTables codeTables(const PackedConv& conv, const RowTerms& terms, std::int32_t factor,
                      const QuantizedOutput& rule);

} // namespace quantoscope
