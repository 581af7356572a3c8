// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/scheme.h"

#include "core/quant/formats.h"
#include "core/quant/grid.h"
#include "core/support/error.h"

namespace quantoscope {

namespace {

[[noreturn]] void contradiction(const Scheme& scheme, const std::string& message)
{
    const std::string text = toText(scheme);
    throw Error(ErrorCode::SchemeText, "Scheme '" + text + "': " + message, text);
}

/// One rule of validate(): a key that the format has no use for.
void refuse(const Scheme& scheme, bool given, const std::string& key)
{
    if (given)
        contradiction(scheme,
                      "'" + key + "' does not apply to format=" + std::string(nameOf(scheme.format)) + ".");
}

void validateBits(const Scheme& scheme)
{
    const FormatInfo& info = infoOf(scheme.format);
    const std::string name(info.name);
    if (info.bits != 0 && scheme.bits != info.bits)
        contradiction(scheme, name + " has " + std::to_string(info.bits) + (info.bits == 1 ? " bit" : " bits")
                                  + "; leave 'bits' out.");
    const int most = scheme.format == Format::KMeans ? 8 : 16;
    if (scheme.bits < 1 || scheme.bits > most)
        contradiction(scheme, "'bits' must be 1 to " + std::to_string(most) + ".");
}

void validateGrid(const Scheme& scheme)
{
    if (scheme.bits == 1 && (scheme.grid == Grid::Symmetric || scheme.grid == Grid::SymmetricWide))
        contradiction(scheme, "the " + std::string(nameOf(scheme.grid))
                                  + " grid has no step at 1 bit; use format=binary or grid=mid-rise.");
    const CodeRange codes = codeRange(scheme);
    if (codes.max - codes.min >= 1 << scheme.bits || codes.min >= codes.max)
        contradiction(scheme, "codes " + std::to_string(codes.min) + ":" + std::to_string(codes.max)
                                  + " are not 2 to " + std::to_string(1 << scheme.bits)
                                  + " ascending codes of " + std::to_string(scheme.bits) + " bits.");
    if (codes.min < -32768 || codes.max > 65535)
        contradiction(scheme, "codes must lie in -32768 … 65535.");
    const Grid grid = scheme.grid;
    if ((grid == Grid::SymmetricFullNeg || grid == Grid::SymmetricWide || grid == Grid::SymmetricSigned)
        && codes.max - codes.min < 2 && scheme.codes.kind == Codes::Kind::Explicit)
        contradiction(scheme, "the " + std::string(nameOf(grid)) + " grid needs three codes or more.");
}

void validateRange(const Scheme& scheme)
{
    using Kind = RangeRule::Kind;
    const RangeRule& range = scheme.range;
    const Family family = infoOf(scheme.format).family;
    if (family == Family::Scaled) {
        const bool uniformOnly = range.kind == Kind::Entropy || range.kind == Kind::Aciq
                                 || range.kind == Kind::AciqGauss || range.kind == Kind::AciqLaplace;
        if (uniformOnly)
            contradiction(scheme,
                          "range=" + toText(range)
                              + " is defined for uniform levels; use range=mse or range=percentile:P.");
    } else if (family != Family::Uniform) {
        refuse(scheme, range != RangeRule{}, "range");
    }
    switch (range.kind) {
    case Kind::Percentile:
        if (!(range.a > 0 && range.a <= 100))
            contradiction(scheme, "a percentile lies above 0 and up to 100.");
        break;
    case Kind::Ratio:
        if (!(range.a > 0 && range.a <= 1e6))
            contradiction(scheme, "a range ratio lies above 0 and up to 1e6.");
        break;
    case Kind::Sigma:
        if (!(range.a > 0 && range.a <= 1e6))
            contradiction(scheme, "sigma:K needs K above 0 and up to 1e6.");
        break;
    case Kind::Ema:
        if (!(range.a > 0 && range.a <= 1))
            contradiction(scheme, "ema:C needs a share above 0 and up to 1.");
        break;
    case Kind::Manual:
        if (!(range.a < range.b))
            contradiction(scheme, "a manual range needs LO < HI.");
        break;
    default:
        break;
    }
}

void validateKeys(const Scheme& scheme)
{
    const Format format = scheme.format;
    const Family family = infoOf(format).family;
    const bool uniform = family == Family::Uniform;
    const bool scaled = family == Family::Scaled;
    if (format == Format::Binary && scheme.grid != Grid::Symmetric && scheme.grid != Grid::Offset)
        contradiction(scheme, "binary levels lie around 0 or, with grid=offset, around the mean.");
    refuse(scheme, !uniform && format != Format::Binary && scheme.grid != Grid::Symmetric, "grid");
    refuse(scheme, !uniform && scheme.codes != Codes{}, "codes");
    refuse(scheme,
           (family == Family::Cast || family == Family::Blocks) && scheme.granularity != Granularity{},
           "granularity");
    refuse(scheme, !uniform && scheme.rounding != Rounding{}, "rounding");
    refuse(scheme, !uniform && scheme.scaling != Scaling::Divide, "scaling");
    refuse(scheme,
           !(family == Family::Blocks && nameOf(format).starts_with("mx"))
               && scheme.exponent != ExponentRule::Floor,
           "exponent");
    refuse(scheme, format != Format::Ternary && scheme.threshold != TernaryRule::Twn, "threshold");
    refuse(scheme, !uniform && scheme.algorithm != Algorithm::Rtn, "algorithm");
    refuse(scheme, !uniform && scheme.outliers.has_value(), "outliers");
    if (scheme.scale == ScaleType::Double) {
        const bool nested = format == Format::Nf4 || format == Format::Fp4 || format == Format::Af4;
        if (!nested && format != Format::Nvfp4)
            contradiction(scheme, "scale=double belongs to nf4, fp4, af4 and nvfp4.");
    } else {
        refuse(scheme,
               !uniform && !scaled && format != Format::Binary && format != Format::Ternary
                   && scheme.scale != ScaleType::F32,
               "scale");
    }
    if (scheme.outliers && !(*scheme.outliers > 0 && *scheme.outliers <= 1e30))
        contradiction(scheme, "the outlier threshold lies above 0.");
    if (scheme.algorithm != Algorithm::Rtn
        && (scheme.rounding != Rounding{} || scheme.scaling != Scaling::Divide || scheme.outliers))
        contradiction(
            scheme, "'algorithm' decides the codes itself: leave 'rounding', 'scaling' and 'outliers' out.");
}

void validateActivations(const Scheme& scheme)
{
    if (!scheme.act)
        return;
    const ActivationScheme& act = *scheme.act;
    if (act.granularity.kind != Granularity::Kind::Tensor && act.granularity.kind != Granularity::Kind::Row)
        contradiction(
            scheme,
            "activations have one set of parameters a tensor or a row: act.granularity=tensor or row.");
    if (act.format == Format::KMeans)
        contradiction(scheme, "a fitted code book is no activation format.");
    Scheme own = schemeOf(act);
    if (own.range.kind == RangeRule::Kind::Dynamic)
        own.range = {};
    try {
        validate(own);
    } catch (const Error& error) {
        // Without the text that they would have as a scheme of their own, which nobody wrote.
        const std::string message = error.what();
        const std::size_t start = message.find("': ");
        contradiction(scheme,
                      "activations: " + (start == std::string::npos ? message : message.substr(start + 3)));
    }
}

} // namespace

bool isSymmetric(Grid grid)
{
    return grid != Grid::MidRise && grid != Grid::Offset && grid != Grid::ZeroPoint;
}

void validate(const Scheme& scheme)
{
    validateKeys(scheme);
    validateBits(scheme);
    if (scheme.format == Format::Int)
        validateGrid(scheme);
    if (scheme.granularity.kind == Granularity::Kind::Group && scheme.granularity.groupSize < 1)
        contradiction(scheme, "the group size must be 1 or more.");
    if (scheme.granularity.kind == Granularity::Kind::Row)
        contradiction(scheme,
                      "granularity=row is for activations (act.granularity=row); weights have channel.");
    if (scheme.range.kind == RangeRule::Kind::Dynamic)
        contradiction(scheme, "range=dynamic is for activations (act.range=dynamic).");
    validateRange(scheme);
    validateActivations(scheme);
}

Scheme withBits(Scheme scheme, int bits)
{
    const FormatInfo& info = infoOf(scheme.format);
    if (scheme.format != Format::Binary && info.bits != 0 && bits != info.bits)
        throw Error(ErrorCode::SchemeText,
                    "Scheme '" + toText(scheme) + "': " + std::string(info.name) + " has one width, "
                        + std::to_string(info.bits) + " bits; other widths need format=int or kmeans.",
                    toText(scheme));
    if (bits == 1 && scheme.format == Format::Int
        && (scheme.grid == Grid::Symmetric || scheme.grid == Grid::SymmetricWide)) {
        Scheme binary;
        binary.format = Format::Binary;
        binary.bits = 1;
        binary.granularity = scheme.granularity;
        binary.act = scheme.act;
        return binary;
    }
    if (bits > 1 && scheme.format == Format::Binary)
        scheme.format = Format::Int;
    if (scheme.bits != bits && scheme.codes.kind == Codes::Kind::Explicit)
        scheme.codes = {};
    scheme.bits = bits;
    return scheme;
}

Scheme schemeOf(const ActivationScheme& act)
{
    Scheme scheme;
    scheme.format = act.format;
    scheme.bits = act.bits;
    // The default grid is one of integers: other formats have none, binary's own is symmetric.
    if (act.format == Format::Int || act.grid != ActivationScheme{}.grid)
        scheme.grid = act.grid;
    scheme.codes = act.codes;
    // A row is one index of the first axis: the channel of a plain array.
    scheme.granularity = act.granularity.kind == Granularity::Kind::Row
                             ? Granularity{Granularity::Kind::Channel, 0, 0}
                             : act.granularity;
    scheme.range = act.range;
    scheme.rounding = act.rounding;
    return scheme;
}

} // namespace quantoscope
