// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/alignedbuffer.h"
#include "core/kernels/pair/pairtile.h"
#include "tests/kernels/check.h"

#include <cstring>
#include <random>
#include <span>

namespace quantoscope::test {

namespace {

struct Operands
{
    std::vector<std::int16_t> activations; ///< with room between rows and steps
    AlignedBuffer<std::int16_t> panel;
    std::vector<std::ptrdiff_t> segments;
    TileInput input;
};

/// Rows `gap` pairs apart from each other and from step to step, segments in descending order.
template <typename Activation, typename Weight>
Operands operands(const TileKernel& tile, std::size_t rows, std::size_t steps, std::size_t segments,
                  std::size_t gap, Activation activation, Weight weight)
{
    Operands result;
    const std::size_t stepPairs = rows * gap + 1;
    result.activations.resize(segments * steps * stepPairs * 2 + 2);
    for (std::int16_t& value : result.activations)
        value = activation();
    result.panel = AlignedBuffer<std::int16_t>(segments * steps * static_cast<std::size_t>(tile.columns) * 2);
    for (std::int16_t& value : result.panel.span())
        value = weight();
    for (std::size_t s = segments; s-- > 0;)
        result.segments.push_back(static_cast<std::ptrdiff_t>(s * steps * stepPairs * 4));
    result.input = {reinterpret_cast<const std::byte*>(result.activations.data()),
                    static_cast<std::ptrdiff_t>(gap * 4), static_cast<std::ptrdiff_t>(stepPairs * 4),
                    result.segments, steps};
    return result;
}

std::int64_t referenceSum(const Operands& o, std::size_t row, std::size_t column, std::size_t columns)
{
    std::int64_t sum = 0;
    const std::int16_t* panel = o.panel.data();
    for (const std::ptrdiff_t segment : o.segments)
        for (std::size_t k = 0; k < o.input.stepsPerSegment; ++k, panel += 2 * columns)
            for (std::size_t half = 0; half < 2; ++half) {
                const std::byte* pair = o.input.base + segment
                                        + static_cast<std::ptrdiff_t>(row) * o.input.rowStride
                                        + static_cast<std::ptrdiff_t>(k) * o.input.stepStride;
                std::int16_t value;
                std::memcpy(&value, pair + 2 * half, sizeof value);
                sum += std::int64_t{value} * panel[2 * column + half];
            }
    return sum;
}

void expectSums(const TileKernel& tile, const Operands& o, std::size_t rows, const std::string& what,
                Failures& failures)
{
    const auto columns = static_cast<std::size_t>(tile.columns);
    const std::int32_t untouched = 0x5a5a5a5a;
    std::vector<std::int32_t> acc((rows + 1) * columns, untouched);
    tile.multiply(o.input, o.panel.data(), static_cast<int>(rows), acc.data());
    bool same = true;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t n = 0; n < columns; ++n)
            same = same && acc[r * columns + n] == referenceSum(o, r, n, columns);
    failures.expect(same, std::string(tile.name) + " gives the sums of " + what);
    bool kept = true;
    for (std::size_t n = 0; n < columns; ++n)
        kept = kept && acc[rows * columns + n] == untouched;
    failures.expect(kept, std::string(tile.name) + " writes no row too many of " + what);
}

} // namespace

void checkPair(Isa isa, Failures& failures)
{
    const TileKernel& tile = pairTile(isa);
    failures.expect(tile.step == 2 && tile.columns >= 1 && tile.rows >= 1
                        && (tile.isa == isa || isa == Isa::Avx512Vnni),
                    "the pair tile of each instruction set is its own");
    std::mt19937 random(4);
    const auto byte = [&random] { return static_cast<std::int16_t>(static_cast<int>(random() & 255) - 128); };
    const auto code = [&random] { return static_cast<std::int16_t>(random() & 255); };
    for (std::size_t rows = 1; rows <= static_cast<std::size_t>(tile.rows); ++rows)
        for (const std::size_t steps : {0UL, 1UL, 2UL, 7UL, 64UL, 131UL})
            for (const std::size_t segments : {1UL, 3UL})
                for (const std::size_t gap : {1UL, 5UL})
                    expectSums(tile, operands(tile, rows, steps, segments, gap, byte, code), rows,
                               std::to_string(rows) + " rows, " + std::to_string(segments) + " × "
                                   + std::to_string(steps) + " steps, gap " + std::to_string(gap),
                               failures);
    // The deepest sums that fit: 65,793 · 255 · 128 and products as large as pairs of int16 allow.
    const auto rows = static_cast<std::size_t>(tile.rows);
    for (const int activation : {-128, 127})
        expectSums(tile,
                   operands(
                       tile, rows, 32896, 1, 1, [=] { return static_cast<std::int16_t>(activation); },
                       [] { return std::int16_t{255}; }),
                   rows, "65,792 codes at their ends", failures);
    expectSums(
        tile,
        operands(
            tile, rows, 1, 1, 1, [] { return std::int16_t{-32768}; }, [] { return std::int16_t{32767}; }),
        rows, "the lowest sum of one pair", failures);
}

} // namespace quantoscope::test
