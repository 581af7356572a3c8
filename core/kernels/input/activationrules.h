// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/input/finiterange.h"
#include "core/kernels/input/quantizer.h"

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>

namespace quantoscope {

/// How a row is quantized and what its packed integers stand for; the sum of the terms is not read.
struct RowRule
{
    QuantizeRule quantize;
    RowTerms terms;
};

/// Where value = scale · (p - zeroPoint) + offset: every grid but mid-rise, whose odd integers take factor 2.
inline RowRule affineRule(const QuantizeRule& rule)
{
    return {rule, {rule.scale, rule.offset, rule.zeroPoint, 0}};
}

/// Floats [rows][depth], row-major.
struct FloatRows
{
    const float* values = nullptr;
    std::size_t rows = 0;
    std::size_t depth = 0;
    const float* row(std::size_t index) const { return values + index * depth; }
};

/// Static rules, or ranges of the values at hand.
struct ActivationRules
{
    std::span<const RowRule> given; ///< one, or one a row; empty: dynamic
    /// Dynamic: the rule for a range. Called from several threads at once.
    std::function<RowRule(const FiniteRange&)> make;
    bool perRow = false; ///< dynamic: a range for each row; else one for all of them
};

/// ActivationRules for some rows, row by row.
class RowRules
{
public:
    /// Dynamic and not per row: reads all values once, in parallel. `bits` of a packed integer: 8 or 16.
    /// Throws Error(InvalidArgument) for rules that validate() refuses, neither one nor one a row, and none at all; Cancelled.
    RowRules(Isa isa, const FloatRows& input, const ActivationRules& rules, int bits, std::stop_token stop);

    /// Reads the row where its range is wanted. Thread-safe.
    RowRule operator()(std::size_t row) const;

private:
    Isa m_isa;
    FloatRows m_input;
    const ActivationRules& m_rules;
    int m_bits;
    RowRule m_common;
};

/// Smallest and largest finite value of all rows. Parallel; throws Cancelled.
FiniteRange rangeOf(Isa isa, const FloatRows& input, std::stop_token stop = {});

} // namespace quantoscope
