// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/quantizerows.h"
#include "core/kernels/layer/layerkernel.h"

#include <stop_token>

namespace quantoscope {

/// A scheme of activations in the form that kernels quantize and multiply: packed integers p in
/// [-2^(bits - 1), 2^(bits - 1) - 1] with the identities of RowTerms. Codes of unsigned grids are shifted by 2^(bits - 1).
class ActivationForm
{
public:
    /// Throws Error(Unsupported) for activations that are no integers or are rounded by chance.
    explicit ActivationForm(const ActivationScheme& act);

    int bits() const { return m_scheme.bits; }
    std::int32_t factor() const { return m_factor; } ///< fa: 2 on mid-rise
    bool isDynamic() const { return m_dynamic; }
    RowRule ruleFor(Interval range) const;

    /// One rule, or one for each row, from the scheme's range rule on these very values. Dynamic: none.
    std::vector<RowRule> staticRules(const FloatRows& input, std::stop_token stop) const;
    /// Rules of dynamic ranges: those of the call, or those of its values. The rules refer to this object and to `given`.
    ActivationRules dynamicRules(Isa isa, const FloatRows& input, const LayerCall& call,
                                 std::vector<RowRule>& given, std::stop_token stop) const;

private:
    Scheme m_scheme;
    CodeRange m_codes;
    std::int32_t m_shift = 0;
    std::int32_t m_factor = 1;
    bool m_dynamic = false;
    bool m_perRow = false; ///< static
};

} // namespace quantoscope
