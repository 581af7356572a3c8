// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace quantoscope {

/// A closed range of real values; what a scale is made from.
struct Interval
{
    float lo = 0;
    float hi = 0;
    bool operator==(const Interval&) const = default;
};

/// The smallest and largest code of a scheme (z included).
struct CodeRange
{
    int min = 0;
    int max = 0;
};
CodeRange codeRange(const Scheme& scheme);

/// The parameters of one set (tensor, channel or group). Uniform grids:
///   code q = clamp(round(float32((x - offset) / scale)) + zeroPoint, qmin, qmax)
///   value x̂ = float32(float32(scale · (q - zeroPoint)) + offset)
/// scaling=reciprocal: round((x - offset) · float32(1 / scale)).
/// Binary: q = x ≥ threshold, scale = 2α, offset = -α (grid=offset: centre - α). Ternary: q = sign(x) where |x| > threshold,
/// scale = α. Formats with a table of levels: value = scale · level.
/// scale is finite, not 0 (Binary, Ternary and blocks of zeros alone: 0), negative only on symmetric-signed and in GGUF's
/// blocks; every level is finite.
struct SetParams
{
    float scale = 1;
    float offset = 0; ///< 0 on the grids that have none
    std::int32_t zeroPoint = 0;
    float threshold = 0; ///< Binary and Ternary
    Interval range; ///< the clipping range the scale was made from, zero forced in where the grid demands
    bool operator==(const SetParams&) const = default;
};

/// Scale, zero point and offset for a requested range (Binary: range.hi = α).
/// With Q = qmax - qmin, c = (qmin + qmax + 1) div 2 (floor) the code of zero, L = max(|lo|, |hi|):
///   symmetric, symmetric-full   s = 2L / Q                  z = c
///   symmetric-full-neg          s = L / (c - qmin)          z = c
///   symmetric-wide              s = L / (qmax - c)          z = c
///   symmetric-signed            s = -v / (c - qmin), v = whichever of lo, hi has the larger magnitude
///   mid-rise                    s = 2L / Q, offset -L       z = qmin
///   offset                      s = (hi - lo) / Q, offset lo, z = qmin
///   zero-point                  lo' = min(lo, 0), hi' = max(hi, 0), s = (hi' - lo') / Q, z = round(float32(-lo'/s)) + qmin
/// computed in double, s rounded once to float32 and then to the scheme's scale type; z rounds as the scheme does (floor,
/// stochastic: half-even). A degenerate range (s = 0) gets s = 1;
/// an s that would underflow becomes the smallest positive float; ranges are cut to ±1.7e38 so that no level
/// overflows. Source: the table of uniform grids; Jacob et al., arXiv 1712.05877, section 2.1.
SetParams makeParams(const Scheme& scheme, Interval range);
/// The same for many sets: `codes` is codeRange(scheme).
SetParams makeParams(const Scheme& scheme, CodeRange codes, Interval range);

/// Whether the grid has an integer zero point at all (mid-rise and offset have a real offset instead).
bool hasZeroPoint(const Scheme& scheme);
/// Whether its sets have a real offset.
bool hasOffset(const Scheme& scheme);

/// x̂ of code q, in the engine's float32 arithmetic.
float levelValue(const SetParams& params, int q);

/// Lowest and highest level.
Interval levelEnds(const SetParams& params, CodeRange codes);

/// An element outside is clipped: the level ends, widened by what float32 may have taken from them, (highest - lowest)/2^22
/// for the rounding of the scale and max(|lowest|, |highest|)/2^23 for that of the sum. Without it the extreme value under
/// min-max would count as clipped whenever the scale was rounded down.
Interval clipLimits(const SetParams& params, CodeRange codes);

/// Code of one finite value under Int, Binary and Ternary; `draw` in [0, 1) is used by stochastic rounding alone.
int quantizeOne(const Scheme& scheme, const SetParams& params, CodeRange codes, float x, float draw = 0);

/// The draw of stochastic rounding for the element at `index` of the tensor (row-major), in [0, 1): the top 24 bits
/// of SplitMix64's mixing function at seed + (index + 1) · 0x9e3779b97f4a7c15. Source: Steele, Lea and Flood, OOPSLA 2014.
float stochasticDraw(std::uint64_t seed, std::uint64_t index);

/// How a tensor in channel-major order falls into sets: set k of channel c covers `length` consecutive
/// elements from c · perChannel + k · length; the last of each channel may be short.
struct SetLayout
{
    std::size_t channels = 1;
    std::size_t perChannel = 0;
    std::size_t length = 0;

    std::size_t perChannelSets() const { return length == 0 ? 1 : (perChannel + length - 1) / length; }
    std::size_t count() const { return channels * perChannelSets(); }
    std::size_t begin(std::size_t set) const
    {
        return set / perChannelSets() * perChannel + set % perChannelSets() * length;
    }
    std::size_t size(std::size_t set) const
    {
        const std::size_t at = set % perChannelSets() * length;
        return perChannel - at < length ? perChannel - at : length;
    }
    bool operator==(const SetLayout&) const = default;
};

/// The values of a format whose levels are not evenly spaced, in units of the scale.
struct ValueTable
{
    std::vector<float> values; ///< by q - codes.min; NaN where a code has no finite value
    Interval ends;             ///< smallest and largest of them
};

/// Infinities among the values count as NaN.
ValueTable makeTable(std::vector<float> values);

/// Lowest and highest value under `params`: of the codes, or of the table where there is one.
Interval valueEnds(const SetParams& params, CodeRange codes, const ValueTable* table);

/// Codes that do not follow from a value alone, decided when the parameters were made; channel-major order.
struct CodedTensor
{
    std::vector<std::uint16_t> codes; ///< q - codes.min; 0 where x is not finite
    /// Per element of a channel; empty: none. x̂ = level / factor: columns that were scaled before coding (AWQ).
    std::vector<float> columnFactors;
    /// Per element of a channel; empty: none. Columns kept in binary16 (LLM.int8()).
    std::vector<std::uint8_t> halfColumns;
};

/// Every parameter set of one tensor under one scheme.
struct ParamSets
{
    Scheme scheme;
    CodeRange codes;
    SetLayout layout;
    std::vector<SetParams> sets; ///< layout.count()
    /// Uniform formats: empty. Else x̂ = scale · tables[·][q - codes.min] + offset, one table for all sets or one for each.
    std::vector<ValueTable> tables;
    /// Null: codes follow from each value by the scheme's rule (quantizeOne).
    std::shared_ptr<const CodedTensor> coded;

    /// Of the tables, or null.
    const ValueTable* table(std::size_t set) const
    {
        return tables.empty() ? nullptr : &tables[tables.size() == 1 ? 0 : set];
    }
};

/// Value of code q in a set: the level, or NaN where the format has none for that code.
float valueOf(const ParamSets& params, std::size_t set, int q);

/// Lowest and highest value of a set, and the same widened as clipLimits() does.
Interval valueEnds(const ParamSets& params, std::size_t set);
Interval valueLimits(const ParamSets& params, std::size_t set);

} // namespace quantoscope
