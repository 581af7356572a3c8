// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/alignedbuffer.h"
#include "core/kernels/quad/quadtile.h"
#include "tests/kernels/check.h"

#include <random>
#include <vector>

namespace quantoscope::test {

namespace {

/// Activations somewhere in a larger buffer, a panel, and what is to come out.
struct TileCase
{
    AlignedBuffer<std::byte> values{1 << 16};
    AlignedBuffer<std::uint8_t> panel;
    std::vector<std::ptrdiff_t> segments;
    TileInput input;
    int rows = 0;
};

std::vector<std::int32_t> expected(const TileCase& tile, int columns)
{
    std::vector<std::int32_t> acc(static_cast<std::size_t>(tile.rows * columns));
    for (int row = 0; row < tile.rows; ++row)
        for (int column = 0; column < columns; ++column) {
            std::size_t at = 0;
            for (const std::ptrdiff_t segment : tile.segments)
                for (std::size_t step = 0; step < tile.input.stepsPerSegment; ++step, ++at)
                    for (std::ptrdiff_t i = 0; i < 4; ++i) {
                        const std::ptrdiff_t place =
                            segment + row * tile.input.rowStride
                            + static_cast<std::ptrdiff_t>(step) * tile.input.stepStride + i;
                        const auto value = static_cast<std::int8_t>(tile.values.data()[place]);
                        const std::size_t weight =
                            (at * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)) * 4
                            + static_cast<std::size_t>(i);
                        acc[static_cast<std::size_t>(row * columns + column)] +=
                            value * tile.panel.data()[weight];
                    }
        }
    return acc;
}

/// Random bytes, or all weights 255 and all activations -128.
TileCase tileCase(int rows, std::ptrdiff_t rowStride, std::ptrdiff_t stepStride, std::size_t segments,
                  std::size_t steps, int columns, bool worst)
{
    std::mt19937_64 random(static_cast<std::uint64_t>(rows) * 977 + steps);
    TileCase tile;
    tile.rows = rows;
    tile.panel = AlignedBuffer<std::uint8_t>(segments * steps * static_cast<std::size_t>(columns) * 4);
    for (std::byte& value : tile.values.span())
        value = worst ? std::byte{0x80} : static_cast<std::byte>(random());
    for (std::uint8_t& weight : tile.panel.span())
        weight = worst ? 255 : static_cast<std::uint8_t>(random());
    for (std::size_t i = 0; i < segments; ++i)
        tile.segments.push_back(static_cast<std::ptrdiff_t>((i * 5 + 3) * 4 % 400));
    tile.input = {tile.values.data(), rowStride, stepStride, tile.segments, steps};
    return tile;
}

void expectTile(const TileCase& tile, const std::string& what, Failures& failures)
{
    const TileKernel& kernel = quadTile();
    std::vector<std::int32_t> acc(static_cast<std::size_t>(tile.rows * kernel.columns), 7);
    TileInput input = tile.input;
    input.segments = tile.segments;
    kernel.multiply(input, tile.panel.data(), tile.rows, acc.data());
    failures.expect(acc == expected(tile, kernel.columns), what);
}

} // namespace

/// The tile of bytes by itself: every number of rows, packed and strided, one segment and several.
void checkQuad(Isa isa, Failures& failures)
{
    const TileKernel& kernel = tileKernel(isa);
    failures.expect((kernel.step == 4) == (isa == Isa::Avx512Vnni), "bytes are multiplied by VNNI alone");
    if (kernel.step != 4)
        return;
    for (int rows = 1; rows <= kernel.rows; ++rows)
        for (const std::size_t steps : {0, 1, 2, 7, 33})
            for (const std::size_t segments : {1, 3, 9}) {
                const std::string shape = std::to_string(rows) + " rows, " + std::to_string(steps)
                                          + " steps, " + std::to_string(segments) + " segments";
                for (const bool worst : {false, true}) {
                    expectTile(tileCase(rows, 4, 4 * rows, segments, steps, kernel.columns, worst),
                               shape + ", packed", failures);
                    expectTile(tileCase(rows, 164, 4, segments, steps, kernel.columns, worst),
                               shape + ", strided", failures);
                    expectTile(tileCase(rows, 4, 64, segments, steps, kernel.columns, worst),
                               shape + ", far steps", failures);
                }
            }
}

} // namespace quantoscope::test
