// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// What a code stands for. Facts about each: core/quant/formats.h.
///   Int      a uniform grid of any width
///   Binary   ±α, α = mean |x| of the set, sign(0) = +1; with grid=offset ±α about the mean of the set
///   Ternary  -α, 0, α
///   Nf4 … E2m1   code books and small floats, applied to x / s
///   Mx*, Nvfp4   blocks of the OCP microscaling formats and of NVFP4
///   Q4_0 … Tq2_0 blocks of GGUF files
enum class Format {
    Int,
    Binary,
    Ternary,
    Nf4,
    Fp4,
    Af4,
    KMeans,
    Fp16,
    Bf16,
    E4m3,
    E5m2,
    E3m2,
    E2m3,
    E2m1,
    MxFp8E4m3,
    MxFp8E5m2,
    MxFp6E3m2,
    MxFp6E2m3,
    MxFp4,
    Nvfp4,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    Iq4Nl,
    Iq4Xs,
    Tq1_0,
    Tq2_0
};

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
/// `groupSize` consecutive elements of one output channel, the last group of a channel may be short; Row
/// (activations): one token or sample, an index of the first axis.
struct Granularity
{
    enum class Kind { Tensor, Channel, Group, Row };
    Kind kind = Kind::Tensor;
    int axis = -1;              ///< Channel only; -1: the layer's output channel axis
    std::int64_t groupSize = 0; ///< Group only, ≥ 1
    bool operator==(const Granularity&) const = default;
};

/// How the range [lo, hi] of a set is found.
///   MinMax
///   Percentile  `a` in (0, 100], of |x| on symmetric grids, else (100 - a)/2 per tail, linear interpolation
///               between order statistics
///   Mse         least squared error on the levels of the scheme
///   Entropy     least Kullback-Leibler divergence between histograms
///   AciqGauss, AciqLaplace, Aciq   the clip that is best for a source of that distribution, or the better of the two
///   Sigma       `a` > 0 standard deviations about the mean
///   Ema         moving average of the batches' minima and maxima, `a` in (0, 1] the share of the new batch; one
///               tensor is one batch
///   Ratio       `a` > 0 times the set's own minimum and maximum
///   Manual      [a, b], a < b, the same for every set
///   Dynamic     activations only: minimum and maximum of each call
struct RangeRule
{
    enum class Kind {
        MinMax,
        Percentile,
        Mse,
        Entropy,
        AciqGauss,
        AciqLaplace,
        Aciq,
        Sigma,
        Ema,
        Ratio,
        Manual,
        Dynamic
    };
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

/// What a scale is stored as; it is rounded to that before anything is coded with it. Pow2: the power of two nearest
/// on the logarithmic axis. Double: scales that are themselves quantized (nf4: QLoRA's nested scales; nvfp4: a float32
/// scale of the tensor over the blocks').
enum class ScaleType { F32, F16, Bf16, Pow2, Double };

/// Whether x is divided by the scale or multiplied by float32(1 / scale), as PyTorch does.
enum class Scaling { Divide, Reciprocal };

/// How the shared power of two of an MX block follows from its largest magnitude; formulas in elements/scales.h.
enum class ExponentRule { Floor, Ceil, Rceil, Even };

/// How a ternary set finds threshold and scale; formulas in elements/ternary.h.
enum class TernaryRule { Twn, Absmean, Mse };

/// How weights get their codes. Rtn: each to the nearest level; the others are in algorithms/.
enum class Algorithm { Rtn, Gptq, GptqActOrder, Awq, AdaRound, Hqq };

/// How activations are quantized. Formats without grids leave `grid` at its default.
struct ActivationScheme
{
    Format format = Format::Int;
    int bits = 8;
    Grid grid = Grid::ZeroPoint;
    Codes codes;
    Granularity granularity; ///< Tensor or Row
    RangeRule range;
    Rounding rounding;
    bool operator==(const ActivationScheme&) const = default;
};

/// A quantization scheme as a value: the same in window, command line, JSON and session files.
struct Scheme
{
    Format format = Format::Int;
    int bits = 8; ///< stored code bits: int 1…16, kmeans 1…8, fixed for the others
    Grid grid = Grid::Symmetric;
    Codes codes;
    Granularity granularity;
    RangeRule range;
    Rounding rounding;
    ScaleType scale = ScaleType::F32;
    Scaling scaling = Scaling::Divide;
    ExponentRule exponent = ExponentRule::Floor;
    TernaryRule threshold = TernaryRule::Twn;
    Algorithm algorithm = Algorithm::Rtn;
    std::optional<double> outliers;      ///< LLM.int8(): threshold on the activations of an input column
    std::optional<ActivationScheme> act; ///< nothing: activations stay float
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
/// 1-bit form, becomes `format=binary`, and a binary scheme becomes int above 1 bit. Throws Error(SchemeText) for formats
/// of one width and for widths that the format does not have.
Scheme withBits(Scheme scheme, int bits);

/// The scheme of the activations as one for a plain array.
Scheme schemeOf(const ActivationScheme& act);

bool isSymmetric(Grid grid);

/// Names of the scheme text, in the order of the enumeration (for menus and messages).
std::string_view nameOf(Format format);
std::string_view nameOf(Grid grid);
std::string_view nameOf(Rounding::Kind kind);
std::string_view nameOf(ScaleType type);
std::string_view nameOf(Scaling scaling);
std::string_view nameOf(ExponentRule rule);
std::string_view nameOf(TernaryRule rule);
std::string_view nameOf(Algorithm algorithm);
std::string toText(const Granularity& granularity); ///< "tensor", "channel", "channel:1", "group:32"
std::string toText(const RangeRule& range);         ///< "minmax", "percentile:99.9", …

} // namespace quantoscope
