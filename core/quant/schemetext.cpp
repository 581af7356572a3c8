// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/formats.h"
#include "core/quant/scheme.h"

#include <array>
#include <charconv>

namespace quantoscope {

namespace {

constexpr std::array<std::string_view, 8> gridNames = {
    "symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed", "symmetric-wide",
    "mid-rise",  "offset",         "zero-point"};

constexpr std::array<std::string_view, 5> roundingNames = {"half-even", "half-away", "half-up", "floor",
                                                           "stochastic"};
constexpr std::array<std::string_view, 5> scaleNames = {"f32", "f16", "bf16", "pow2", "double"};
constexpr std::array<std::string_view, 2> scalingNames = {"divide", "reciprocal"};
constexpr std::array<std::string_view, 4> exponentNames = {"floor", "ceil", "rceil", "even"};
constexpr std::array<std::string_view, 3> thresholdNames = {"twn", "absmean", "mse"};
constexpr std::array<std::string_view, 6> algorithmNames = {"rtn", "gptq",     "gptq-actorder",
                                                            "awq", "adaround", "hqq"};

std::string shortest(double number)
{
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
}

std::string toText(const Codes& codes)
{
    switch (codes.kind) {
    case Codes::Kind::Default:
        return {};
    case Codes::Kind::Signed:
        return "signed";
    case Codes::Kind::Unsigned:
        return "unsigned";
    case Codes::Kind::Explicit:
        break;
    }
    return std::to_string(codes.min) + ":" + std::to_string(codes.max);
}

std::string toText(const Rounding& rounding)
{
    std::string text(nameOf(rounding.kind));
    if (rounding.kind == Rounding::Kind::Stochastic)
        text += ":" + std::to_string(rounding.seed);
    return text;
}

/// key=value pairs with commas between them.
class Pairs
{
public:
    explicit Pairs(std::string prefix = {}) : m_prefix(std::move(prefix)) {}

    void put(std::string_view key, std::string_view value)
    {
        m_text.append(m_text.empty() ? "" : ",").append(m_prefix).append(key).append("=").append(value);
    }
    /// What weights and activations have in common, where it differs from `defaults`.
    template <class Part>
    void putGrid(const Part& part, const Part& defaults)
    {
        const FormatInfo& info = infoOf(part.format);
        if (part.format != defaults.format)
            put("format", info.name);
        if (info.bits == 0)
            put("bits", std::to_string(part.bits));
        if (part.grid != defaults.grid)
            put("grid", nameOf(part.grid));
        if (part.codes != defaults.codes)
            put("codes", toText(part.codes));
        if (part.granularity != defaults.granularity)
            put("granularity", quantoscope::toText(part.granularity));
        if (part.range != defaults.range)
            put("range", quantoscope::toText(part.range));
        if (part.rounding != defaults.rounding)
            put("rounding", toText(part.rounding));
    }
    const std::string& text() const { return m_text; }

private:
    std::string m_prefix;
    std::string m_text;
};

} // namespace

std::string_view nameOf(Format format) { return infoOf(format).name; }
std::string_view nameOf(Grid grid) { return gridNames[static_cast<std::size_t>(grid)]; }
std::string_view nameOf(Rounding::Kind kind) { return roundingNames[static_cast<std::size_t>(kind)]; }
std::string_view nameOf(ScaleType type) { return scaleNames[static_cast<std::size_t>(type)]; }
std::string_view nameOf(Scaling scaling) { return scalingNames[static_cast<std::size_t>(scaling)]; }
std::string_view nameOf(ExponentRule rule) { return exponentNames[static_cast<std::size_t>(rule)]; }
std::string_view nameOf(TernaryRule rule) { return thresholdNames[static_cast<std::size_t>(rule)]; }
std::string_view nameOf(Algorithm algorithm) { return algorithmNames[static_cast<std::size_t>(algorithm)]; }

std::string toText(const Granularity& granularity)
{
    switch (granularity.kind) {
    case Granularity::Kind::Tensor:
        return "tensor";
    case Granularity::Kind::Channel:
        return granularity.axis < 0 ? "channel" : "channel:" + std::to_string(granularity.axis);
    case Granularity::Kind::Row:
        return "row";
    case Granularity::Kind::Group:
        break;
    }
    return "group:" + std::to_string(granularity.groupSize);
}

std::string toText(const RangeRule& range)
{
    switch (range.kind) {
    case RangeRule::Kind::MinMax:
        return "minmax";
    case RangeRule::Kind::Percentile:
        return "percentile:" + shortest(range.a);
    case RangeRule::Kind::Mse:
        return "mse";
    case RangeRule::Kind::Entropy:
        return "entropy";
    case RangeRule::Kind::AciqGauss:
        return "aciq:gauss";
    case RangeRule::Kind::AciqLaplace:
        return "aciq:laplace";
    case RangeRule::Kind::Aciq:
        return "aciq";
    case RangeRule::Kind::Sigma:
        return "sigma:" + shortest(range.a);
    case RangeRule::Kind::Ema:
        return "ema:" + shortest(range.a);
    case RangeRule::Kind::Ratio:
        return "ratio:" + shortest(range.a);
    case RangeRule::Kind::Dynamic:
        return "dynamic";
    case RangeRule::Kind::Manual:
        break;
    }
    return "manual:" + shortest(range.a) + ":" + shortest(range.b);
}

std::string toText(const Scheme& scheme)
{
    const Scheme defaults;
    Pairs pairs;
    pairs.putGrid(scheme, defaults);
    if (scheme.scale != defaults.scale)
        pairs.put("scale", nameOf(scheme.scale));
    if (scheme.scaling != defaults.scaling)
        pairs.put("scaling", nameOf(scheme.scaling));
    if (scheme.exponent != defaults.exponent)
        pairs.put("exponent", nameOf(scheme.exponent));
    if (scheme.threshold != defaults.threshold)
        pairs.put("threshold", nameOf(scheme.threshold));
    if (scheme.algorithm != defaults.algorithm)
        pairs.put("algorithm", nameOf(scheme.algorithm));
    if (scheme.outliers)
        pairs.put("outliers", shortest(*scheme.outliers));
    if (!scheme.act)
        return pairs.text();
    Pairs act("act.");
    act.putGrid(*scheme.act, ActivationScheme{});
    return pairs.text() + "," + act.text();
}

} // namespace quantoscope
