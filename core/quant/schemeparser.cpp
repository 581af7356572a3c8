// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/presets.h"
#include "core/quant/scheme.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace quantoscope {

namespace {

/// A piece of the text with its position in the whole.
struct Piece
{
    std::string_view text;
    std::size_t at = 0;

    /// The parts between separators, positions kept.
    std::vector<Piece> split(char separator) const
    {
        std::vector<Piece> parts;
        std::size_t begin = 0;
        while (true) {
            const std::size_t end = std::min(text.find(separator, begin), text.size());
            parts.push_back({text.substr(begin, end - begin), at + begin});
            if (end == text.size())
                return parts;
            begin = end + 1;
        }
    }
};

class Parser
{
public:
    explicit Parser(std::string_view text) : m_text(text) {}

    Scheme parse()
    {
        if (m_text.empty())
            fail({m_text, 0}, "it is empty; try 'bits=8' or a preset such as 'int8-per-channel'");
        Scheme scheme;
        bool first = true;
        for (const Piece& piece : Piece{m_text, 0}.split(',')) {
            const std::size_t equals = piece.text.find('=');
            if (equals == std::string_view::npos && first)
                scheme = preset(piece);
            else
                assign(scheme, piece, equals);
            first = false;
        }
        validate(scheme);
        return scheme;
    }

private:
    [[noreturn]] void fail(const Piece& where, const std::string& message) const
    {
        throw Error(ErrorCode::SchemeText,
                    "Scheme '" + std::string(m_text) + "', position " + std::to_string(where.at + 1) + ": "
                        + message + ".",
                    std::string(m_text));
    }

    [[noreturn]] void failUnknown(const Piece& piece, const std::string& what,
                                  const std::vector<std::string_view>& known) const
    {
        std::string message = "unknown " + what + " '" + std::string(piece.text) + "'";
        const std::string nearest = nearestName(piece.text, known);
        if (!nearest.empty())
            fail(piece, message + "; the nearest known is '" + nearest + "'");
        message += "; known:";
        for (const std::string_view name : known)
            message.append(" ").append(name);
        fail(piece, message);
    }

    bool contains(std::string_view key) const
    {
        return std::find(m_seen.begin(), m_seen.end(), key) != m_seen.end();
    }

    Scheme preset(const Piece& piece) const
    {
        std::vector<std::string_view> names;
        for (const Preset& candidate : presets()) {
            if (candidate.name == piece.text)
                return Parser(candidate.scheme).parse();
            names.push_back(candidate.name);
        }
        failUnknown(piece, "preset", names);
    }

    void assign(Scheme& scheme, const Piece& piece, std::size_t equals)
    {
        const Piece key{piece.text.substr(0, equals), piece.at};
        if (equals == std::string_view::npos)
            fail(piece, "'" + std::string(piece.text) + "' is no key=value pair; a preset stands first");
        const Piece value{piece.text.substr(equals + 1), piece.at + equals + 1};
        static const std::vector<std::string_view> known = {"format",      "bits",  "grid",    "codes",
                                                            "granularity", "range", "rounding"};
        if (std::find(known.begin(), known.end(), key.text) == known.end())
            failUnknown(key, "key", known);
        if (contains(key.text))
            fail(key, "'" + std::string(key.text) + "' is given twice");
        m_seen.push_back(key.text);
        if (value.text.empty())
            fail(value, "'" + std::string(key.text) + "' has no value");
        set(scheme, key.text, value);
    }

    void set(Scheme& scheme, std::string_view key, const Piece& value)
    {
        if (key == "format")
            setFormat(scheme, value);
        else if (key == "bits")
            scheme.bits = static_cast<int>(integer(value, 1, 16));
        else if (key == "grid")
            scheme.grid = static_cast<Grid>(
                choice(value, "grid",
                       {"symmetric", "symmetric-full", "symmetric-full-neg", "symmetric-signed",
                        "symmetric-wide", "mid-rise", "offset", "zero-point"}));
        else if (key == "codes")
            scheme.codes = codes(value);
        else if (key == "granularity")
            scheme.granularity = granularity(value);
        else if (key == "range")
            scheme.range = range(value);
        else
            scheme.rounding = rounding(value);
    }

    void setFormat(Scheme& scheme, const Piece& value)
    {
        scheme.format = static_cast<Format>(choice(value, "format", {"int", "binary"}));
        if (!contains("bits"))
            scheme.bits = scheme.format == Format::Binary ? 1 : 8;
    }

    std::size_t choice(const Piece& value, const std::string& what,
                       const std::vector<std::string_view>& names) const
    {
        const auto found = std::find(names.begin(), names.end(), value.text);
        if (found == names.end())
            failUnknown(value, what, names);
        return static_cast<std::size_t>(found - names.begin());
    }

    template <class T>
    std::optional<T> number(const Piece& piece) const
    {
        T result{};
        const char* end = piece.text.data() + piece.text.size();
        const auto [stopped, error] = std::from_chars(piece.text.data(), end, result);
        if (error != std::errc{} || stopped != end)
            return std::nullopt;
        return result;
    }

    std::int64_t integer(const Piece& piece, std::int64_t min, std::int64_t max) const
    {
        const auto value = number<std::int64_t>(piece);
        if (!value || *value < min || *value > max)
            fail(piece, "'" + std::string(piece.text) + "' is no whole number from " + std::to_string(min)
                            + " to " + std::to_string(max));
        return *value;
    }

    double real(const Piece& piece) const
    {
        const auto value = number<double>(piece);
        if (!value || !std::isfinite(*value))
            fail(piece, "'" + std::string(piece.text) + "' is no finite number");
        return *value;
    }

    /// NAME or NAME:PARAMETER…; `parameters` colon-separated parts must follow the name.
    std::vector<Piece> named(const Piece& value, std::size_t parameters, const std::string& form) const
    {
        std::vector<Piece> parts = value.split(':');
        if (parts.size() != parameters + 1)
            fail(value, "'" + std::string(value.text) + "' is not of the form " + form);
        return parts;
    }

    Codes codes(const Piece& value) const
    {
        if (value.text == "signed")
            return {Codes::Kind::Signed, 0, 0};
        if (value.text == "unsigned")
            return {Codes::Kind::Unsigned, 0, 0};
        const auto parts = named(value, 1, "signed, unsigned or QMIN:QMAX");
        return {Codes::Kind::Explicit, static_cast<int>(integer(parts[0], -32768, 65535)),
                static_cast<int>(integer(parts[1], -32768, 65535))};
    }

    Granularity granularity(const Piece& value) const
    {
        const Piece name = value.split(':').front();
        switch (choice(name, "granularity", {"tensor", "channel", "group"})) {
        case 0:
            named(value, 0, "tensor");
            return {};
        case 1:
            if (name.text == value.text)
                return {Granularity::Kind::Channel, -1, 0};
            return {Granularity::Kind::Channel,
                    static_cast<int>(integer(named(value, 1, "channel:AXIS")[1], 0, 15)), 0};
        default:
            return {Granularity::Kind::Group, -1,
                    integer(named(value, 1, "group:N")[1], 1, std::int64_t{1} << 40)};
        }
    }

    RangeRule range(const Piece& value) const
    {
        const Piece name = value.split(':').front();
        switch (choice(name, "range", {"minmax", "percentile", "ratio", "manual"})) {
        case 0:
            named(value, 0, "minmax");
            return {};
        case 1:
            return {RangeRule::Kind::Percentile, real(named(value, 1, "percentile:P")[1]), 0};
        case 2:
            return {RangeRule::Kind::Ratio, real(named(value, 1, "ratio:R")[1]), 0};
        default: {
            const auto parts = named(value, 2, "manual:LO:HI");
            return {RangeRule::Kind::Manual, real(parts[1]), real(parts[2])};
        }
        }
    }

    Rounding rounding(const Piece& value) const
    {
        const Piece name = value.split(':').front();
        const auto kind = static_cast<Rounding::Kind>(
            choice(name, "rounding", {"half-even", "half-away", "half-up", "floor", "stochastic"}));
        if (kind != Rounding::Kind::Stochastic) {
            named(value, 0, std::string(nameOf(kind)));
            return {kind, 0};
        }
        const Piece seed = named(value, 1, "stochastic:SEED")[1];
        const auto parsed = number<std::uint64_t>(seed);
        if (!parsed)
            fail(seed, "'" + std::string(seed.text) + "' is no whole number from 0");
        return {kind, *parsed};
    }

    std::string_view m_text;
    std::vector<std::string_view> m_seen;
};

} // namespace

Scheme parseScheme(std::string_view text) { return Parser(text).parse(); }

} // namespace quantoscope
