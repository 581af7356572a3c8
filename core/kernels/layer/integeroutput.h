// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"
#include "core/kernels/output/requantize.h"

namespace quantoscope {

/// From int32 sums to int8 codes of the next layer without floats: fixed-point multipliers s_x·s_w/s_y with one rounding, int32
/// biases, s_y = max |y| / 127 from the outputs of a run.
class IntegerOutput
{
public:
    /// Nothing, and why, where that takes more than one multiplier an output: activations with a scale or zero point for each
    /// row, real offsets, negative scales, multipliers and biases beyond fixed point.
    static std::optional<IntegerOutput> make(std::span<const RowTerms> rows, const ColumnTerms& columns,
                                             std::size_t outputs, std::span<const float> bias,
                                             std::span<const float> y, std::string& reason);

    QuantizedOutput rule() const;
    /// Channels whose bias does not fit int32 at its scale and is clamped.
    std::span<const std::size_t> clampedBiases() const { return m_bias.overflowed; }

private:
    std::vector<FixedPoint> m_multipliers;
    QuantizedBias m_bias;
};

} // namespace quantoscope
