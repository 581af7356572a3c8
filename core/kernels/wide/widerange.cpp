// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/wide/widerange.h"

#include <algorithm>

namespace quantoscope {

IntegerRange signedRange(int bits)
{
    const std::int64_t half = std::int64_t{1} << (bits - 1);
    return {-half, half - 1};
}

std::size_t pairsBeforeOverflow(const IntegerRange& a, const IntegerRange& b)
{
    constexpr std::int64_t half = std::int64_t{1} << 31;
    const std::int64_t highest = 2 * std::max({a.low * b.low, a.high * b.high, std::int64_t{1}});
    const std::int64_t lowest = 2 * std::max({-a.low * b.high, -a.high * b.low, std::int64_t{1}});
    return static_cast<std::size_t>(std::min((half - 1) / highest, half / lowest));
}

} // namespace quantoscope
