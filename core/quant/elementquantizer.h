// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

namespace quantoscope {

/// Code and value of single elements of a tensor, whatever the scheme. Points to both arguments. Any thread.
class ElementQuantizer
{
public:
    struct Element
    {
        int code;
        float value;
        bool saturated; ///< by the scheme's rule alone: the unclamped code lies outside [qmin, qmax]
    };

    ElementQuantizer(const ChannelMajor& values, const ParamSets& params);
    /// The element at `index` of the channel-major order, which lies in `set` and is finite.
    Element operator()(std::size_t set, std::size_t index) const;

    /// Whether `saturated` means anything: codes come from rounding and clamping alone.
    bool clamps() const { return m_clamps; }

private:
    const ChannelMajor& m_values;
    const ParamSets& m_params;
    const CodedTensor* m_coded;
    bool m_clamps;
};

} // namespace quantoscope
