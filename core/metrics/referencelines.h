// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace quantoscope {

/// How the levels of a quantizer lie, as far as reference lines care.
///   MidRise      2^b evenly spaced levels, none at 0
///   Restricted   2^b - 1 evenly spaced levels, the middle one at 0
///   Full         2^b evenly spaced levels, one at 0 and one more below it than above
///   Uneven       code books, floats and blocks
enum class GridClass { MidRise, Restricted, Full, Uneven };

enum class Source { Gauss, Laplace };

/// The uniform quantizer of one grid that is best for a source of mean 0 and deviation 1.
struct OptimalQuantizer
{
    double loading = 0; ///< half the distance between the outermost levels, in standard deviations
    double sqnrDb = 0;
};

/// From a table, both numbers to 4 decimals; nothing beyond 1 … 16 bits, for Uneven and for one level.
/// Source: numerical minimum of the closed-form error, tests/data/optimal_quantizer.py; Max, IRE Trans. Inf.
/// Theory 6, 1960, table II.
std::optional<OptimalQuantizer> optimalQuantizer(GridClass grid, Source source, int bits);

/// One line beside a measured SQNR.
struct ReferenceLine
{
    std::string_view key;     ///< JSON key
    std::string_view title;   ///< short, for a legend
    std::string_view formula; ///< N levels, b bits of a code, R bits an element
    double sqnrDb = 0;        ///< NaN with a reason when it does not apply
    std::string_view reason;
};

/// In fixed order, each present even where it does not apply: a uniform signal that ends at the range ends; the
/// best uniform quantizer of this grid for a Gauss and a Laplace source (table); the best quantizer of b bits at
/// high resolution for both (Panter and Dite, Proc. IRE 39, 1951); the rate-distortion bound of a Gauss source at
/// `rate` bits an element, by default `bits` (Shannon, 1959). levels: how many different codes there are.
std::vector<ReferenceLine> referenceLines(int bits, std::uint64_t levels, GridClass grid,
                                          std::optional<double> rate = {});

/// SQNR of the values cast to IEEE binary16 and back, in dB: half to even, magnitudes beyond 65504 clipped to it;
/// +inf where every value survives, NaN without a value other than 0. Values that are not finite are left out. The
/// same bits for any thread count.
double float16SqnrDb(std::span<const float> values);
/// The same as a line; +inf becomes NaN with a reason.
ReferenceLine float16Line(std::span<const float> values);

/// RMS of e/s that rounding alone gives at high resolution, 1/√12: beside ErrorMetrics::rmseSteps. No grade: many
/// elements exactly on a level (a large outlier, sparse data) push the metric below it.
constexpr double uniformRmseSteps = 0.28867513459481287;

} // namespace quantoscope
