// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// What a code stands for. Binary: ±α, one bit, α = mean |x| of the set, sign(0) = +1.
enum class Format { Int, Binary };

/// The eight uniform grids; formulas in core/quant/grid.h.
enum class Grid {
    Symmetric,
    SymmetricFull,
    SymmetricFullNeg,
    SymmetricSigned,
    SymmetricWide,
    MidRise,
    Offset,
    ZeroPoint
};

struct Codes
{
    enum class Kind { Default, Signed, Unsigned, Explicit };
    Kind kind = Kind::Default; ///< Default: signed for symmetric*, unsigned for the others
    int min = 0;               ///< Explicit only
    int max = 0;
    bool operator==(const Codes&) const = default;
};

/// What shares one scale. Channel: one index of the layer's output channel axis (or of `axis`); Group:
/// `groupSize` consecutive elements of one output channel, the last group of a channel may be short.
struct Granularity
{
    enum class Kind { Tensor, Channel, Group };
    Kind kind = Kind::Tensor;
    int axis = -1;              ///< Channel only; -1: the layer's output channel axis
    std::int64_t groupSize = 0; ///< Group only, ≥ 1
    bool operator==(const Granularity&) const = default;
};

/// How the range [lo, hi] of a set is found.
/// MinMax · Percentile: `a` in (0, 100], of |x| on symmetric grids, else (100 - a)/2 per tail, linear
/// interpolation between order statistics · Ratio: `a` > 0 times the set's own minimum and maximum ·
/// Manual: [a, b], a < b, the same for every set.
struct RangeRule
{
    enum class Kind { MinMax, Percentile, Ratio, Manual };
    Kind kind = Kind::MinMax;
    double a = 0;
    double b = 0;
    bool operator==(const RangeRule&) const = default;
};

/// Stochastic: up with the probability of the fraction; the draw depends on seed and the element's
/// position in the tensor alone.
struct Rounding
{
    enum class Kind { HalfEven, HalfAway, HalfUp, Floor, Stochastic };
    Kind kind = Kind::HalfEven;
    std::uint64_t seed = 0;
    bool operator==(const Rounding&) const = default;
};

/// A quantization scheme as a value: the same in window, command line, JSON and session files.
struct Scheme
{
    Format format = Format::Int;
    int bits = 8; ///< 1…16; Binary: 1
    Grid grid = Grid::Symmetric;
    Codes codes;
    Granularity granularity;
    RangeRule range;
    Rounding rounding;
    bool operator==(const Scheme&) const = default;
};

/// The canonical text: key=value pairs in fixed order, defaults left out; "bits=8" when all are.
std::string toText(const Scheme& scheme);

/// Reads `PRESET[,key=value…]` or `key=value[,key=value…]`. Throws Error(SchemeText) naming the position
/// and, for a name that is nearly right, the nearest known one. The result is validated.
Scheme parseScheme(std::string_view text);

/// Throws Error(SchemeText) where fields contradict each other (symmetric at 1 bit, codes wider than the
/// bits, …) with the remedy.
void validate(const Scheme& scheme);

/// The same scheme at another width: explicit codes are dropped; at 1 bit the symmetric grid, which has no
/// 1-bit form, becomes `format=binary`, and a binary scheme becomes int above 1 bit.
Scheme withBits(Scheme scheme, int bits);

bool isSymmetric(Grid grid);

/// Names of the scheme text, in the order of the enumeration (for menus and messages).
std::string_view nameOf(Grid grid);
std::string_view nameOf(Rounding::Kind kind);
std::string toText(const Granularity& granularity); ///< "tensor", "channel", "channel:1", "group:32"
std::string toText(const RangeRule& range);         ///< "minmax", "percentile:99.9", …

} // namespace quantoscope
