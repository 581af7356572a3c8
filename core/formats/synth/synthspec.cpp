// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/synth/synthspec.h"

#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

namespace quantoscope {

namespace {

struct ParameterRow
{
    double fallback = 0;
    double least = 0;
    double most = 0;
};

struct KindRow
{
    std::string_view name;
    SynthKind kind;
    std::size_t count; ///< of parameters
    std::array<ParameterRow, 2> parameters;
};

// exp(S·z) stays finite in float for S <= 9; below ν = 1/2 the t values leave the float range.
const std::array<KindRow, 12> kinds = {{
    {"uniform", SynthKind::Uniform, 0, {}},
    {"gauss", SynthKind::Gauss, 0, {}},
    {"laplace", SynthKind::Laplace, 0, {}},
    {"student-t", SynthKind::StudentT, 1, {{{4, 0.5, 1e6}}}},
    {"relu", SynthKind::Relu, 0, {}},
    {"lognormal", SynthKind::Lognormal, 1, {{{1, 0, 9}}}},
    {"bimodal", SynthKind::Bimodal, 1, {{{4, 0, 1e6}}}},
    {"outliers", SynthKind::Outliers, 2, {{{0.001, 0, 1}, {20, 0, 1e6}}}},
    {"outlier-channels", SynthKind::OutlierChannels, 2, {{{4, 0, 1e9}, {20, 0, 1e6}}}},
    {"dead-channel", SynthKind::DeadChannel, 0, {}},
    {"constant", SynthKind::Constant, 1, {{{1, -1e30, 1e30}}}},
    {"mixture", SynthKind::Mixture, 2, {{{0.1, 0, 1}, {5, 0, 1e6}}}},
}};

constexpr std::array<std::string_view, 4> keys = {"shape", "seed", "scale", "offset"};
constexpr std::size_t maxElements = std::size_t{1} << 28;

/// "unknown kind 'gaus'; did you mean 'gauss'?" or, with nothing near, all there are.
template <class Names>
std::string unknown(const std::string& what, std::string_view name, const Names& names)
{
    const std::vector<std::string_view> known(names.begin(), names.end());
    std::string message = "unknown " + what + " '" + std::string(name) + "'; ";
    const std::string nearest = nearestName(name, known);
    if (!nearest.empty())
        return message + "did you mean '" + nearest + "'?";
    message += "known:";
    for (const std::string_view one : known)
        message.append(" ").append(one);
    return message;
}

/// Cuts the text into parts and knows where each one stands.
class Parser
{
public:
    explicit Parser(const std::string& text) : m_text(text) {}

    SynthSpec parse()
    {
        constexpr std::string_view prefix = "synth:";
        if (!m_text.starts_with(prefix))
            fail(0, "'synth:' is expected at the start");
        std::size_t at = prefix.size();
        parseKind(at, partFrom(at));
        while ((at += partFrom(at).size()) < m_text.size()) {
            ++at; // the comma
            parsePair(at, partFrom(at));
        }
        return m_spec;
    }

private:
    [[noreturn]] void fail(std::size_t at, const std::string& reason) const
    {
        const std::string end = reason.ends_with('?') ? "" : ".";
        throw Error(ErrorCode::InvalidArgument,
                    "'" + m_text + "', position " + std::to_string(at + 1) + ": " + reason + end, m_text);
    }

    std::string_view partFrom(std::size_t at) const
    {
        return std::string_view(m_text).substr(at, m_text.find(',', at) - at);
    }

    double number(std::size_t at, std::string_view text) const
    {
        double value = 0;
        const char* end = text.data() + text.size();
        const auto result = std::from_chars(text.data(), end, value);
        if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value))
            fail(at, "'" + std::string(text) + "' is not a number");
        return value;
    }

    void parseKind(std::size_t at, std::string_view part)
    {
        const std::string_view name = part.substr(0, part.find(':'));
        const auto row =
            std::find_if(kinds.begin(), kinds.end(), [&](const KindRow& kind) { return kind.name == name; });
        if (row == kinds.end()) {
            std::vector<std::string_view> names;
            for (const KindRow& kind : kinds)
                names.push_back(kind.name);
            fail(at, unknown("kind", name, names));
        }
        m_spec.kind = row->kind;
        for (std::size_t i = 0; i < row->count; ++i)
            m_spec.parameters[i] = row->parameters[i].fallback;
        at += name.size();
        part.remove_prefix(name.size());
        for (std::size_t i = 0; !part.empty(); ++i) {
            ++at; // the colon
            part.remove_prefix(1);
            std::string_view text = part.substr(0, part.find(':'));
            if (i >= row->count)
                fail(at, std::string(row->name) + " takes " + std::to_string(row->count) + " parameters");
            parseParameter(at, text, *row, i);
            at += text.size();
            part.remove_prefix(text.size());
        }
    }

    void parseParameter(std::size_t at, std::string_view text, const KindRow& row, std::size_t i)
    {
        constexpr std::string_view sigma = "σ";
        std::string_view digits = text;
        if (digits.ends_with(sigma))
            digits.remove_suffix(sigma.size());
        const double value = number(at, digits);
        const ParameterRow& limits = row.parameters[i];
        if (value < limits.least || value > limits.most)
            fail(at, "'" + std::string(text) + "' is out of range for " + std::string(row.name));
        if (row.kind == SynthKind::OutlierChannels && i == 0 && value != std::floor(value))
            fail(at, "'" + std::string(text) + "' is not a number of channels");
        m_spec.parameters[i] = value;
    }

    void parsePair(std::size_t at, std::string_view part)
    {
        const std::size_t equals = part.find('=');
        const std::string key(part.substr(0, equals));
        if (equals == std::string_view::npos || std::find(keys.begin(), keys.end(), key) == keys.end())
            fail(at, unknown("key", key, keys));
        if (!m_seen.insert(key).second)
            fail(at, "'" + key + "' is given twice");
        const std::string_view value = part.substr(equals + 1);
        at += equals + 1;
        if (key == "shape")
            m_spec.shape = parseShape(at, value);
        else if (key == "seed")
            m_spec.seed = parseSeed(at, value);
        else if (key == "scale")
            m_spec.scale = number(at, value);
        else
            m_spec.offset = number(at, value);
    }

    std::uint64_t parseSeed(std::size_t at, std::string_view text) const
    {
        std::uint64_t seed = 0;
        const char* end = text.data() + text.size();
        const auto result = std::from_chars(text.data(), end, seed);
        if (result.ec != std::errc() || result.ptr != end)
            fail(at, "'" + std::string(text) + "' is not a seed (0 to 2^64 - 1)");
        return seed;
    }

    Shape parseShape(std::size_t at, std::string_view text) const
    {
        Shape shape;
        const char* next = text.data();
        const char* end = next + text.size();
        while (true) {
            std::int64_t dim = 0;
            const auto result = std::from_chars(next, end, dim);
            if (result.ec != std::errc() || dim < 1 || shape.size() == 8)
                fail(at,
                     "'" + std::string(text) + "' is not a shape like 64x256 of up to 8 positive lengths");
            shape.push_back(dim);
            next = result.ptr;
            if (next == end)
                break;
            if (*next++ != 'x')
                fail(at, "'" + std::string(text) + "' is not a shape like 64x256");
        }
        const auto elements = elementCount(shape);
        if (!elements || *elements > maxElements)
            fail(at, "shape " + std::string(text) + " has more than 2^28 elements");
        return shape;
    }

    const std::string& m_text;
    SynthSpec m_spec;
    std::set<std::string> m_seen;
};

} // namespace

SynthSpec parseSynth(const std::string& text) { return Parser(text).parse(); }

} // namespace quantoscope
