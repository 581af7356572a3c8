// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/codematrix.h"

#include "core/support/error.h"

#include <algorithm>
#include <cstdlib>

namespace quantoscope {

std::int64_t CodeMatrix::largestInteger() const
{
    std::int64_t largest = 0;
    if (!table.empty()) {
        for (const std::int16_t value : table)
            largest = std::max(largest, std::abs(std::int64_t{value}));
        return largest;
    }
    const std::int64_t top = factor * ((std::int64_t{1} << bits) - 1);
    for (const std::int32_t z : zero)
        largest = std::max({largest, std::abs(std::int64_t{z}), std::abs(top - z)});
    return largest;
}

void CodeMatrix::validate() const
{
    const auto require = [](bool holds, const char* what) {
        if (!holds)
            throw Error(ErrorCode::InvalidArgument,
                        std::string("The packed weights do not fit together: ") + what);
    };
    require(bits >= 1 && bits <= 16, "a code has 1 to 16 bits.");
    require(factor == 1 || factor == 2, "the factor of a code is 1 or 2.");
    require(depth.depth == 0 || depth.run >= 1, "a run holds at least one code.");
    require(codes.size() == outputs * depth.depth, "codes are one for each output and input.");
    const std::size_t sets = outputs * setsPerOutput();
    require(zero.size() == sets && scale.size() == sets, "zeros and scales are one for each set.");
    require(offset.empty() || offset.size() == sets, "offsets are one for each set.");
    require(table.empty() || (table.size() == std::size_t{1} << bits && factor == 1),
            "a table names every code.");
    require(std::all_of(codes.begin(), codes.end(), [this](std::uint16_t code) { return code >> bits == 0; }),
            "every code fits its bits.");
}

} // namespace quantoscope
