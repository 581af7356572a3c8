// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/ternarykernel.h"

#include <algorithm>

namespace quantoscope {

namespace {

constexpr int columns = 16;
constexpr int mostRows = 1;

/// The whole idea in plain C++; all other instruction sets do the same with a vector of outputs at a time.
void multiply(const std::int8_t* input, std::size_t, std::size_t depth, const std::uint8_t* panel, int,
              std::int32_t* sums)
{
    std::fill_n(sums, columns, 0);
    for (std::size_t k = 0; k < depth; ++k) {
        const std::int32_t x = input[k];
        for (int c = 0; c < columns; ++c) {
            if ((panel[c / 8] >> (c % 8) & 1) != 0)
                sums[c] += x;
            if ((panel[(columns + c) / 8] >> (c % 8) & 1) != 0)
                sums[c] -= x;
        }
        panel += 2 * columns / 8;
    }
}

} // namespace

extern const TernaryKernel ternaryScalar;
const TernaryKernel ternaryScalar = {"masked add/subtract 1×16", Isa::Scalar, columns, mostRows, multiply};

} // namespace quantoscope
