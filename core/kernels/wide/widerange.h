// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// All integers that an operand can hold.
struct IntegerRange
{
    std::int64_t low = 0;
    std::int64_t high = 0;
};

/// [-2^(bits-1), 2^(bits-1) - 1]; bits 1 … 16.
IntegerRange signedRange(int bits);

/// How many pairs of products of such int16 operands, the worst of all, an int32 holds; 0 where one pair may overflow, as
/// (-32768)² · 2 does.
std::size_t pairsBeforeOverflow(const IntegerRange& a, const IntegerRange& b);

} // namespace quantoscope
