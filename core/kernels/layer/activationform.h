// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/quantizerows.h"
#include "core/quant/grid.h"

#include <stop_token>

namespace quantoscope {

/// A scheme of activations in the form that kernels quantize and multiply: packed integers p in
/// [-2^(bits - 1), 2^(bits - 1) - 1] with the identities of RowTerms. Codes of unsigned grids are shifted by 2^(bits - 1).
class ActivationForm
{
public:
    /// A dynamic range is that of each row (sample, image), or of all rows where they are windows of one image.
    /// Throws Error(Unsupported) for activations that are no integers or are rounded by chance.
    explicit ActivationForm(const ActivationScheme& act, bool rowsAreWindows = false);

    int bits() const { return m_scheme.bits; }
    std::int32_t factor() const { return m_factor; } ///< fa: 2 on mid-rise
    bool isDynamic() const { return m_dynamic; }
    RowRule ruleFor(Interval range) const;

    /// Static: one rule, or one for each row, from the scheme's range rule on these very values. Dynamic: none yet, `make` makes
    /// them. The rules refer to this object.
    ActivationRules rules(const FloatRows& input, std::vector<RowRule>& given, std::stop_token stop) const;

private:
    Scheme m_scheme;
    CodeRange m_codes;
    std::int32_t m_shift = 0;
    std::int32_t m_factor = 1;
    bool m_dynamic = false;
    bool m_perRow = false;
};

} // namespace quantoscope
