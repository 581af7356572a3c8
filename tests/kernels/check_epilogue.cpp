// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/output/epilogue.h"
#include "core/kernels/output/requantize.h"
#include "tests/kernels/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace quantoscope::test {

namespace {

/// A tile with terms of every kind; arrays have exactly as many elements as columns.
struct Tile
{
    int rows = 0, columns = 0;
    std::size_t stride = 0;
    ProductFactors factors;
    std::vector<std::int32_t> acc, zero, sum, bias;
    std::vector<float> scale, offset, floatBias, multiplier;
    std::vector<FixedPoint> fixed;
    std::vector<RowTerms> rowTerms;
    bool hasZero = true, hasOffset = true;

    TileSums sums() const { return {acc.data(), stride, rows, columns}; }
    ColumnTerms terms() const
    {
        return {hasZero ? zero.data() : nullptr, sum.data(), scale.data(),
                hasOffset ? offset.data() : nullptr, 77};
    }
};

Tile makeTile(int rows, int columns, unsigned kind)
{
    std::mt19937 random(static_cast<unsigned>(rows * 100 + columns) * 16 + kind);
    const auto within = [&random](int end) { return static_cast<int>(random() % (2 * end + 1)) - end; };
    Tile tile;
    tile.rows = rows;
    tile.columns = columns;
    tile.stride = static_cast<std::size_t>(columns) + 3;
    tile.factors = {1 + static_cast<int>(kind & 1), 1 + static_cast<int>(kind >> 1 & 1)};
    tile.hasZero = (kind & 4) != 0;
    tile.hasOffset = (kind & 8) != 0;
    // The last row ends with its last column.
    tile.acc.resize(rows == 0 ? 0 : tile.stride * static_cast<std::size_t>(rows - 1) + columns);
    for (std::int32_t& value : tile.acc)
        value = random() % 16 == 0 ? static_cast<std::int32_t>(random()) : within(3000000);
    for (int n = 0; n < columns; ++n) {
        tile.zero.push_back(within(255));
        tile.sum.push_back(within(100000));
        tile.bias.push_back(n % 7 == 0 ? static_cast<std::int32_t>(random()) : within(1000000));
        tile.scale.push_back(static_cast<float>(within(100)) * 1e-3f);
        tile.offset.push_back(static_cast<float>(within(100)) * 1e-2f);
        tile.floatBias.push_back(static_cast<float>(within(1000)) * 1e-1f);
        tile.multiplier.push_back(static_cast<float>(1 + random() % 100) * 1e-6f);
        tile.fixed.push_back(fixedPointOf(n % 5 == 4 ? 1.5 : tile.multiplier.back()));
    }
    for (int m = 0; m < rows; ++m)
        tile.rowTerms.push_back({0.01f * static_cast<float>(m + 1),
                                 m % 3 == 1 ? 0.0f : 0.5f * static_cast<float>(m - 1),
                                 m % 2 == 0 ? 0 : within(255), within(20000)});
    return tile;
}

std::int32_t integerOf(const Tile& tile, int m, int n)
{
    const RowTerms& row = tile.rowTerms[m];
    const std::int64_t fw = tile.factors.weight;
    const std::int64_t fa = tile.factors.activation;
    const std::int64_t zero = tile.hasZero ? tile.zero[n] : 0;
    return static_cast<std::int32_t>(fw * fa * tile.acc[m * tile.stride + n] - fa * zero * row.sum
                                     - std::int64_t{row.zero} * tile.sum[n]);
}

float floatOf(const Tile& tile, int m, int n, const FloatOutput& output)
{
    const RowTerms& row = tile.rowTerms[m];
    float v = static_cast<float>(integerOf(tile, m, n)) * (row.scale * tile.scale[n]);
    const auto steps = static_cast<float>(tile.factors.activation * row.sum - row.zero * 77);
    if (tile.hasOffset)
        v = v + tile.offset[n] * (row.scale * steps + row.offset * 77.0f);
    if (row.offset != 0)
        v = v + row.offset * (tile.scale[n] * static_cast<float>(tile.sum[n]));
    if (output.bias != nullptr)
        v = v + output.bias[n];
    if (output.low < output.high)
        v = std::max(output.low, std::min(output.high, v));
    return v;
}

std::int8_t byteOf(const Tile& tile, int m, int n, const QuantizedOutput& output)
{
    std::int64_t y = integerOf(tile, m, n);
    if (output.bias != nullptr)
        y = std::clamp<std::int64_t>(y + output.bias[n], std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max());
    const auto sum = static_cast<std::int32_t>(y);
    const double steps =
        output.rule == Requantization::Float
            ? static_cast<double>(std::nearbyint(static_cast<float>(sum) * output.floatMultipliers[n]))
            : static_cast<double>(requantize(sum, output.multipliers[n], output.rule));
    return static_cast<std::int8_t>(
        static_cast<int>(std::clamp<double>(steps + output.zeroPoint, output.low, output.high)));
}

/// `call` writes to rows of stride columns + 2; what lies between them must stay.
template <typename T, typename Call, typename Expected>
bool holds(const Tile& tile, const Call& call, const Expected& expected)
{
    const std::size_t stride = static_cast<std::size_t>(tile.columns) + 2;
    std::vector<T> out(stride * static_cast<std::size_t>(tile.rows) + 1, T(42));
    call(out.data(), stride);
    bool same = out.back() == T(42);
    for (int m = 0; m < tile.rows; ++m)
        for (int n = 0; n < static_cast<int>(stride); ++n)
            same = same && out[m * stride + n] == (n < tile.columns ? expected(m, n) : T(42));
    return same;
}

void checkTile(const Epilogue& kernel, const Tile& tile, const std::string& name, Failures& failures)
{
    const RowTerms* rows = tile.rowTerms.data();
    failures.expect(holds<std::int32_t>(
                        tile,
                        [&](std::int32_t* out, std::size_t stride) {
                            kernel.toInt32(tile.sums(), tile.factors, rows, tile.terms(), out, stride);
                        },
                        [&](int m, int n) { return integerOf(tile, m, n); }),
                    "int32 of " + name);
    for (const FloatOutput& output :
         {FloatOutput{}, FloatOutput{tile.floatBias.data(), 0, 0}, FloatOutput{tile.floatBias.data(), 0, 6}})
        failures.expect(holds<float>(
                            tile,
                            [&](float* out, std::size_t stride) {
                                kernel.toFloat(tile.sums(), tile.factors, rows, tile.terms(), output, out,
                                               stride);
                            },
                            [&](int m, int n) { return floatOf(tile, m, n, output); }),
                        "float of " + name);
    for (const Requantization rule :
         {Requantization::GemmlowpDouble, Requantization::Single, Requantization::Float}) {
        for (const bool isUnsigned : {false, true}) {
            const QuantizedOutput output{rule,
                                         isUnsigned ? tile.bias.data() : nullptr,
                                         tile.fixed.data(),
                                         tile.multiplier.data(),
                                         isUnsigned ? 128 : -3,
                                         isUnsigned ? 0 : -100,
                                         isUnsigned ? 255 : 127};
            failures.expect(holds<std::int8_t>(
                                tile,
                                [&](std::int8_t* out, std::size_t stride) {
                                    kernel.toInt8(tile.sums(), tile.factors, rows, tile.terms(), output, out,
                                                  stride);
                                },
                                [&](int m, int n) { return byteOf(tile, m, n, output); }),
                            (isUnsigned ? "uint8 of " : "int8 of ") + name + " by rule "
                                + std::to_string(static_cast<int>(rule)));
        }
    }
}

/// Two rows, two columns on offsets, in numbers that float32 holds exactly.
void checkByHand(const Epilogue& kernel, Failures& failures)
{
    // Row 0: x̂ = 0.5·p + 1 of p = (2, -4), row 1: x̂ = 2·(p - 1) of p = (3, 5); weights 0.25·(c - 2) and 0.5·c - 1 of
    // c = (1, 5), (3, 0).
    const std::vector<std::int32_t> acc = {2 * 1 - 4 * 5, 2 * 3, 3 * 1 + 5 * 5, 3 * 3};
    const std::vector<RowTerms> rows = {{0.5f, 1.0f, 0, -2}, {2.0f, 0.0f, 1, 8}};
    const std::vector<std::int32_t> zero = {2, 0};
    const std::vector<std::int32_t> sum = {2, 3};
    const std::vector<float> scale = {0.25f, 0.5f};
    const std::vector<float> offset = {0.0f, -1.0f};
    const ColumnTerms columns{zero.data(), sum.data(), scale.data(), offset.data(), 2};
    std::vector<float> out(4);
    kernel.toFloat({acc.data(), 2, 2, 2}, {}, rows.data(), columns, {}, out.data(), 2);
    // x̂ = (2, -1), (4, 8); ŵ = (-0.25, 0.75), (0.5, -1)
    failures.expect(out == std::vector<float>{-1.25f, 2.0f, 5.0f, -6.0f}, "real values by hand");
    std::vector<std::int32_t> in = acc;
    kernel.toInt32({in.data(), 2, 2, 2}, {}, rows.data(), columns, in.data(), 2);
    failures.expect(in == std::vector<std::int32_t>{-14, 6, 10, 6}, "integers by hand, in place");
}

} // namespace

/// int32, float and int8 of tiles of awkward widths, with and without every term.
void checkEpilogue(Isa isa, Failures& failures)
{
    const Epilogue& kernel = epilogue(isa);
    checkByHand(kernel, failures);
    for (const int columns : {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67})
        for (const int rows : {0, 1, 2, 5})
            for (unsigned kind = 0; kind < 16; ++kind)
                checkTile(kernel, makeTile(rows, columns, kind),
                          std::to_string(rows) + "×" + std::to_string(columns) + " of kind "
                              + std::to_string(kind),
                          failures);
}

} // namespace quantoscope::test
