// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <span>

namespace quantoscope {

/// Codes and values of stretches of a tensor, whatever the scheme. Points to both arguments. Any thread.
class ElementQuantizer
{
public:
    ElementQuantizer(const ChannelMajor& values, const ParamSets& params);

    /// The elements from `begin` of the channel-major order on, all of one set; the spans have one length. What is not
    /// finite gets code qmin and value NaN. Returns how many unclamped codes lie outside [qmin, qmax] (schemes whose codes
    /// come from rounding and clamping; else 0).
    std::size_t quantize(std::size_t set, std::size_t begin, std::span<std::int32_t> codes,
                         std::span<float> values) const;

private:
    std::size_t byRule(std::size_t set, std::size_t begin, std::span<std::int32_t> codes,
                       std::span<float> values) const;
    void byCode(std::size_t set, std::size_t begin, std::span<std::int32_t> codes,
                std::span<float> values) const;
    void adjustColumns(std::size_t begin, std::span<std::int32_t> codes, std::span<float> values) const;

    const ChannelMajor& m_values;
    const ParamSets& m_params;
};

} // namespace quantoscope
