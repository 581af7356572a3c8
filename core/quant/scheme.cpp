// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/scheme.h"

#include "core/quant/grid.h"
#include "core/support/error.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace quantoscope {

namespace {

constexpr std::array<std::string_view, 8> gridNames = {
    "symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed", "symmetric-wide",
    "mid-rise",  "offset",         "zero-point"};

constexpr std::array<std::string_view, 5> roundingNames = {"half-even", "half-away", "half-up", "floor",
                                                           "stochastic"};

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

[[noreturn]] void contradiction(const Scheme& scheme, const std::string& message)
{
    const std::string text = toText(scheme);
    throw Error(ErrorCode::SchemeText, "Scheme '" + text + "': " + message, text);
}

} // namespace

std::string_view nameOf(Grid grid) { return gridNames[static_cast<std::size_t>(grid)]; }
std::string_view nameOf(Rounding::Kind kind) { return roundingNames[static_cast<std::size_t>(kind)]; }

std::string toText(const Granularity& granularity)
{
    switch (granularity.kind) {
    case Granularity::Kind::Tensor:
        return "tensor";
    case Granularity::Kind::Channel:
        return granularity.axis < 0 ? "channel" : "channel:" + std::to_string(granularity.axis);
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
    case RangeRule::Kind::Ratio:
        return "ratio:" + shortest(range.a);
    case RangeRule::Kind::Manual:
        break;
    }
    return "manual:" + shortest(range.a) + ":" + shortest(range.b);
}

std::string toText(const Scheme& scheme)
{
    const Scheme defaults;
    std::string text;
    const auto put = [&text](std::string_view key, const std::string& value) {
        text.append(text.empty() ? "" : ",").append(key).append("=").append(value);
    };
    if (scheme.format == Format::Binary)
        put("format", "binary");
    else
        put("bits", std::to_string(scheme.bits));
    if (scheme.grid != defaults.grid)
        put("grid", std::string(nameOf(scheme.grid)));
    if (scheme.codes != defaults.codes)
        put("codes", toText(scheme.codes));
    if (scheme.granularity != defaults.granularity)
        put("granularity", toText(scheme.granularity));
    if (scheme.range != defaults.range)
        put("range", toText(scheme.range));
    if (scheme.rounding != defaults.rounding)
        put("rounding", toText(scheme.rounding));
    return text;
}

bool isSymmetric(Grid grid)
{
    return grid != Grid::MidRise && grid != Grid::Offset && grid != Grid::ZeroPoint;
}

void validate(const Scheme& scheme)
{
    if (scheme.format == Format::Binary) {
        if (scheme.bits != 1)
            contradiction(scheme, "binary has one bit; leave 'bits' out.");
        if (scheme.grid != Grid::Symmetric || scheme.codes != Codes{} || scheme.range != RangeRule{}
            || scheme.rounding != Rounding{})
            contradiction(scheme, "binary takes its scale from mean |x|: 'grid', 'codes', 'range' and "
                                  "'rounding' do not apply.");
    } else {
        if (scheme.bits < 1 || scheme.bits > 16)
            contradiction(scheme, "'bits' must be 1 to 16.");
        const bool needsTwo = scheme.grid == Grid::Symmetric || scheme.grid == Grid::SymmetricWide;
        if (scheme.bits == 1 && needsTwo)
            contradiction(scheme, "the " + std::string(nameOf(scheme.grid))
                                      + " grid has no step at 1 bit; use format=binary or grid=mid-rise.");
        const CodeRange codes = codeRange(scheme);
        if (codes.max - codes.min >= 1 << scheme.bits || codes.min >= codes.max)
            contradiction(scheme, "codes " + std::to_string(codes.min) + ":" + std::to_string(codes.max)
                                      + " are not 2 to " + std::to_string(1 << scheme.bits)
                                      + " ascending codes of " + std::to_string(scheme.bits) + " bits.");
        if (codes.min < -32768 || codes.max > 65535)
            contradiction(scheme, "codes must lie in -32768 … 65535.");
    }
    if (scheme.granularity.kind == Granularity::Kind::Group && scheme.granularity.groupSize < 1)
        contradiction(scheme, "the group size must be 1 or more.");
    const RangeRule& range = scheme.range;
    if (range.kind == RangeRule::Kind::Percentile && !(range.a > 0 && range.a <= 100))
        contradiction(scheme, "a percentile lies above 0 and up to 100.");
    if (range.kind == RangeRule::Kind::Ratio && !(range.a > 0 && range.a <= 1e6))
        contradiction(scheme, "a range ratio lies above 0 and up to 1e6.");
    if (range.kind == RangeRule::Kind::Manual && !(range.a < range.b))
        contradiction(scheme, "a manual range needs LO < HI.");
}

Scheme withBits(Scheme scheme, int bits)
{
    if (bits == 1 && scheme.format == Format::Int
        && (scheme.grid == Grid::Symmetric || scheme.grid == Grid::SymmetricWide)) {
        Scheme binary;
        binary.format = Format::Binary;
        binary.bits = 1;
        binary.granularity = scheme.granularity;
        return binary;
    }
    if (bits > 1)
        scheme.format = Format::Int;
    if (scheme.bits != bits && scheme.codes.kind == Codes::Kind::Explicit)
        scheme.codes = {};
    scheme.bits = bits;
    return scheme;
}

} // namespace quantoscope
