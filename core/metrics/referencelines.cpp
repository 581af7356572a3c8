// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/referencelines.h"

#include "core/support/parallelfor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// By width, source and grid; one level at 1 bit restricted: {0, 0}.
constexpr OptimalQuantizer table[16][2][3] = {
#include "core/metrics/optimalquantizer.inc"
};

std::uint64_t levelsOf(GridClass grid, int bits)
{
    return (std::uint64_t{1} << bits) - (grid == GridClass::Restricted ? 1 : 0);
}

ReferenceLine withReason(ReferenceLine line, std::string_view reason)
{
    line.sqnrDb = nan;
    line.reason = reason;
    return line;
}

ReferenceLine uniformLine(std::uint64_t levels, GridClass grid)
{
    const ReferenceLine line{"uniformDb", "Uniform signal", "20·log10(N - 1)", 0, {}};
    if (grid == GridClass::Uneven)
        return withReason(line, "levels are not evenly spaced");
    if (levels < 2)
        return withReason(line, "fewer than two levels");
    return {line.key, line.title, line.formula, 20 * std::log10(static_cast<double>(levels - 1)), {}};
}

ReferenceLine optimalLine(ReferenceLine line, int bits, std::uint64_t levels, GridClass grid, Source source)
{
    if (grid == GridClass::Uneven)
        return withReason(line, "levels are not evenly spaced");
    const auto optimal = optimalQuantizer(grid, source, bits);
    if (!optimal || levels != levelsOf(grid, bits))
        return withReason(line, "not in the table: another number of levels");
    line.sqnrDb = optimal->sqnrDb;
    return line;
}

/// x rounded to binary16, in float: values below 2^-14 become multiples of 2^-24 by an addition that leaves no smaller
/// ones, the others lose 13 bits of their mantissa.
float throughHalf(float x)
{
    const float magnitude = std::abs(x);
    const auto bits = std::bit_cast<std::uint32_t>(magnitude);
    const auto normal = std::bit_cast<float>((bits + 0xfffu + (bits >> 13 & 1u)) & ~0x1fffu);
    const float subnormal = (magnitude + 0.5f) - 0.5f;
    return std::copysign(magnitude < 0x1p-14f ? subnormal : std::min(normal, 65504.0f), x);
}

struct Power
{
    double signal = 0;
    double noise = 0;
};

/// 8 lanes by position.
Power blockPower(std::span<const float> values)
{
    constexpr std::size_t lanes = 8;
    double signal[lanes] = {};
    double noise[lanes] = {};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool finite = std::isfinite(values[i]);
        const float x = finite ? values[i] : 0;
        const double error = static_cast<double>(throughHalf(x)) - static_cast<double>(x);
        signal[i % lanes] += static_cast<double>(x) * static_cast<double>(x);
        noise[i % lanes] += error * error;
    }
    Power power;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        power.signal += signal[lane];
        power.noise += noise[lane];
    }
    return power;
}

} // namespace

std::optional<OptimalQuantizer> optimalQuantizer(GridClass grid, Source source, int bits)
{
    if (grid == GridClass::Uneven || bits < 1 || bits > 16 || levelsOf(grid, bits) < 2)
        return std::nullopt;
    return table[bits - 1][static_cast<int>(source)][static_cast<int>(grid)];
}

std::vector<ReferenceLine> referenceLines(int bits, std::uint64_t levels, GridClass grid,
                                          std::optional<double> rate)
{
    const double decibelsPerBit = 20 * std::log10(2.0);
    const double b = bits;
    // 10·log10 of √3·π/2 and of 9/2: the error of the best quantizer in units of σ²·2^(-2b).
    const double gaussLoss = 10 * std::log10(std::sqrt(3.0) * std::acos(-1.0) / 2);
    const double laplaceLoss = 10 * std::log10(4.5);
    return {
        uniformLine(levels, grid),
        optimalLine({"gaussUniformDb", "Best uniform, Gauss", "table: least error of this grid", 0, {}}, bits,
                    levels, grid, Source::Gauss),
        optimalLine({"laplaceUniformDb", "Best uniform, Laplace", "table: least error of this grid", 0, {}},
                    bits, levels, grid, Source::Laplace),
        {"gaussPanterDiteDb", "Panter-Dite, Gauss", "6.02·b - 4.35", decibelsPerBit * b - gaussLoss, {}},
        {"laplacePanterDiteDb",
         "Panter-Dite, Laplace",
         "6.02·b - 6.53",
         decibelsPerBit * b - laplaceLoss,
         {}},
        {"gaussShannonDb", "Shannon, Gauss", "6.02·R", decibelsPerBit * rate.value_or(b), {}}};
}

double float16SqnrDb(std::span<const float> values)
{
    constexpr std::size_t perTask = 1 << 16;
    std::vector<Power> parts((values.size() + perTask - 1) / perTask);
    parallelFor(parts.size(), [&](std::size_t task) {
        const std::size_t begin = task * perTask;
        parts[task] = blockPower(values.subspan(begin, std::min(perTask, values.size() - begin)));
    });
    Power total;
    for (const Power& part : parts) {
        total.signal += part.signal;
        total.noise += part.noise;
    }
    return total.signal > 0 ? 10 * std::log10(total.signal / total.noise) : nan;
}

ReferenceLine float16Line(std::span<const float> values)
{
    const ReferenceLine line{
        "float16Db", "float16", "measured: x to binary16 and back", float16SqnrDb(values), {}};
    if (std::isnan(line.sqnrDb))
        return withReason(line, "zero signal");
    return std::isinf(line.sqnrDb) ? withReason(line, "exact") : line;
}

} // namespace quantoscope
