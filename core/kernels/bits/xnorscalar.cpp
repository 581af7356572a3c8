// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/bits/xnorkernel.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace quantoscope {

namespace {

constexpr int columns = 4;
constexpr int mostRows = 2;

void multiply(const TileInput& input, const std::uint64_t* panel, int rows, std::int32_t start,
              std::int32_t* sums, std::size_t stride)
{
    for (int r = 0; r < rows; ++r)
        std::fill_n(sums + static_cast<std::size_t>(r) * stride, columns, start);
    for (const std::ptrdiff_t segment : input.segments) {
        const std::byte* at = input.base + segment;
        for (std::size_t k = 0; k < input.stepsPerSegment; ++k) {
            for (int r = 0; r < rows; ++r) {
                std::uint64_t word = 0;
                std::memcpy(&word, at + r * input.rowStride, sizeof word);
                for (int c = 0; c < columns; ++c)
                    sums[static_cast<std::size_t>(r) * stride + static_cast<std::size_t>(c)] -=
                        2 * std::popcount(word ^ panel[c]);
            }
            panel += columns;
            at += input.stepStride;
        }
    }
}

} // namespace

extern const XnorKernel xnorScalar;
const XnorKernel xnorScalar = {"popcount 2×4", Isa::Scalar, columns, mostRows, multiply};

} // namespace quantoscope
