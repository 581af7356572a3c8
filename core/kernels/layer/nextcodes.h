// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/activationrules.h"
#include "core/kernels/layer/realoutput.h"
#include "core/kernels/output/requantize.h"

#include <optional>

namespace quantoscope {

/// From int32 sums to the packed integers that the next layer reads, by one float32 multiplier s_x·s_w/s_y an output (half to even)
/// and an int32 bias at s_x·s_w; clamped as the real results would be. An integer differs from the one that the real result is
/// quantized to by at most 1, where that lies nearer to a tie than the roundings of bias and multiplier reach.
class NextCodes
{
public:
    /// Nothing, and why, where there is no such multiplier: activations with more than one rule or a real offset, weights with one,
    /// negative scales, biases beyond int32, a next layer that rounds otherwise.
    static std::optional<NextCodes> make(const RowTerms& input, const ColumnTerms& columns,
                                         std::size_t outputs, const RealOutput& real, const RowRule& next,
                                         std::string& reason);

    QuantizedOutput rule() const;

private:
    std::vector<float> m_multipliers;
    QuantizedBias m_bias;
    QuantizedOutput m_rule;
};

} // namespace quantoscope
